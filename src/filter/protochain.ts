/**
 * `protochain`: is a protocol anywhere in a chain of headers? In libpcap a loop, which no kernel runs; here a walk.
 *
 *     IPv6     hop-by-hop, routing, fragment and destination options: next header, length in units of 8 bytes after the first
 *     both     authentication header: next header, length in units of 4 bytes less 2
 *
 * libpcap's program forgets where an authentication header began, and looks for what follows it at the wrong place.
 * Reference: RFC 8200 4; RFC 4302 2.2.
 */
import { IpProtocol } from './names.js';
import { Mark, type Marker } from './vocabulary.js';

const extensions: ReadonlySet<number> = new Set([0, 43, IpProtocol.ipv6Fragment, 60]);
const none: ReadonlySet<number> = new Set();
const ipv6Len = 40;

/**
 * @param networkOffset bytes from a frame's start to its IP header; frames without one may be marked anyhow
 * @param number of the protocol
 */
export function markProtochain(within: 'ip' | 'ip6', networkOffset: number, number: number): Marker {
  return ({ frames: { bytes, offset, capLen, count } }, marks) => {
    for (let i = 0; i < count; i++) {
      const start = offset[i] + networkOffset;
      const end = offset[i] + capLen[i];
      const protocolAt = start + (within === 'ip6' ? 6 : 9);
      if (protocolAt >= end) marks[i] = Mark.refused;
      else {
        const headerLen = within === 'ip6' ? ipv6Len : (bytes[start] & 15) * 4;
        const known = within === 'ip6' ? extensions : none;
        marks[i] = walk(bytes, bytes[protocolAt], number, known, start + headerLen, end);
      }
    }
  };
}

/** @param at where the header of `protocol` begins */
function walk(
  bytes: Uint8Array,
  protocol: number,
  wanted: number,
  known: ReadonlySet<number>,
  at: number,
  end: number,
): number {
  while (protocol !== wanted) {
    const isAuthentication = protocol === IpProtocol.ah;
    if (!isAuthentication && !known.has(protocol)) return Mark.no;
    if (at + 1 >= end) return Mark.refused;
    protocol = bytes[at];
    at += isAuthentication ? (bytes[at + 1] + 2) * 4 : (bytes[at + 1] + 1) * 8;
  }
  return Mark.yes;
}
