/**
 * Is a loopback address in this frame, and in which of its headers? Walks from header to header as a receiver would:
 * VLAN tags, ARP, IP, neighbor discovery, redirects, the datagram that an ICMP error quotes, IP in IP, GRE, PPTP, VXLAN and
 * Geneve. What is payload to all of these is not looked into: a DNS answer that names 127.0.0.1 is no leak.
 *
 * Total: any bytes give an outcome, nothing throws, nothing behind `end` is read, nothing is allocated.
 *
 *     ethernet ─ vlan ─ ipv4 ─ gre ─ ipv6 ─ icmp ─ ipv6        headers, offsets: one entry a header
 *                                            └ quotes the datagram with ::1
 *
 * Reference: RFC 1122 3.2.1.3, RFC 4291 2.5.3; RFC 2003 and 4213 (IP in IP), 2784 and 2890 (GRE), 7348 (VXLAN), 8926 (Geneve).
 */
import { passExtension, passIcmp, passIpv4, passIpv6 } from './ip-headers.js';
import { Header, type LeakWalk, mostHeaders, Outcome } from './leak-walk.js';
import { passArp, passCooked, passEthernet, passVlan } from './link-headers.js';
import { passGeneve, passGre, passPpp, passVxlan } from './tunnel-headers.js';

/**
 * Walks a frame from its header `first` at `at`.
 * @param end one past its last captured byte
 * @param isCut the capture has less of it than was on the link
 * @param walk receives what is found and where
 */
export function findLeak(
  view: DataView,
  at: number,
  end: number,
  isCut: boolean,
  first: Header,
  walk: LeakWalk,
): Outcome {
  walk.view = view;
  walk.at = at;
  walk.end = Math.min(end, view.byteLength);
  walk.isCut = isCut;
  walk.headerCount = 0;
  walk.outcome = Outcome.none;
  let header = first;
  while (header !== Header.end) {
    if (walk.headerCount === mostHeaders) {
      walk.outcome = Outcome.deep;
      break;
    }
    walk.headers[walk.headerCount] = header;
    walk.offsets[walk.headerCount++] = walk.at;
    header = pass(walk, header);
  }
  return walk.outcome;
}

function pass(walk: LeakWalk, header: Header): Header {
  switch (header) {
    case Header.ethernet:
      return passEthernet(walk);
    case Header.sll:
    case Header.sll2:
      return passCooked(walk, header);
    case Header.vlan:
      return passVlan(walk);
    case Header.arp:
      return passArp(walk);
    case Header.ipv4:
      return passIpv4(walk);
    case Header.ipv6:
      return passIpv6(walk);
    case Header.extension:
      return passExtension(walk);
    case Header.icmp:
      return passIcmp(walk);
    case Header.gre:
      return passGre(walk);
    case Header.vxlan:
      return passVxlan(walk);
    case Header.geneve:
      return passGeneve(walk);
    case Header.ppp:
      return passPpp(walk);
    default:
      return Header.end;
  }
}
