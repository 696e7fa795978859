/**
 * Findings in words: what was seen, and the exact thing to do about it.
 * Reference: Documentation/networking/ip-sysctl.rst for route_localnet; CVE-2020-8558; ip-route(8).
 */
import { printable } from '../format/printable.js';
import type { Place } from './describe-leak.js';
import type { Passage, Sighting } from './sighting.js';

const whatOfPlace: Record<Place, string> = {
  datagram: 'a datagram with a loopback address',
  arp: 'ARP for a loopback address',
  'neighbor-discovery': 'neighbor discovery for a loopback address',
  quoted: 'an ICMP error that quotes a datagram with a loopback address',
  tunnel: 'a datagram with a loopback address inside a tunnel',
  'lsp-ping': 'an LSP ping to 127/8 (RFC 8029 sends it so by design)',
};

const verbOfPassage: Record<Passage, string> = {
  egress: 'left by',
  ingress: 'came in on',
  unknown: 'was on',
};

/** @param returns frames that were returns of datagrams seen before */
export function titleOf(sighting: Sighting, returns: number): string {
  const { kind, passage, place } = sighting;
  const where = sighting.interface === '' ? 'a wire' : printable(sighting.interface);
  if (kind === 'leak') return `${whatOfPlace[place]} ${verbOfPassage[passage]} ${where}`;
  if (passage === 'ingress' && returns === 0)
    return `a datagram from an own address to an own address came in on ${where}, which this host did not send`;
  const returned = returns === 0 ? '' : '; its peer sent it back';
  return `a datagram from an own address to an own address ${verbOfPassage[passage]} ${where} and did not loop${returned}`;
}

/** @param src of the first frame */
export function fixOf(sighting: Sighting, src: string): string {
  const { kind, passage, place } = sighting;
  if (kind === 'hairpin') return hairpinFix(sighting, src);
  if (place === 'lsp-ping') return `leave it out where it is meant: --except 'udp dst port 3503'`;
  if (place === 'tunnel')
    return 'mend the end of the tunnel that lets it in: the addresses are in the evidence';
  if (place === 'quoted')
    return 'find who sent the datagram that is quoted: it leaked before the error came back';
  if (place === 'neighbor-discovery')
    return passage === 'ingress'
      ? 'mend the sender, by its MAC address in the evidence'
      : 'ip -6 route replace local ::1/128 dev lo table local';
  if (passage === 'ingress')
    return `${routeLocalnetOff(sighting)}; and mend the sender, by its MAC address in the evidence`;
  return isLoopbackText(src)
    ? routeLocalnetOff(sighting)
    : 'ip route replace local 127.0.0.0/8 dev lo table local (and the first of `ip rule` must look up local)';
}

function routeLocalnetOff({ interface: name }: Sighting): string {
  const device = isPlainName(name) ? ` net.ipv4.conf.${name}.route_localnet=0` : '';
  return `sysctl -w net.ipv4.conf.all.route_localnet=0${device}`;
}

function hairpinFix({ passage }: Sighting, src: string): string {
  if (passage === 'ingress') return `find who else has the address ${src} (arping -D -I DEVICE ${src})`;
  return src.includes(':')
    ? `ip -6 route replace local ${src} dev lo table local`
    : `ip route replace local ${src} dev lo table local`;
}

function isLoopbackText(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || address.startsWith('::ffff:127.');
}

/** A name that needs no quoting in a shell, and no other spelling for sysctl(8), which takes dots for slashes. */
function isPlainName(name: string): boolean {
  return /^[\w-]+$/.test(name);
}
