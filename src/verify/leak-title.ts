/**
 * What a finding of the watch is called: what was seen, where, and who sent it.
 */
import { printable } from '../format/printable.js';
import type { Place } from './describe-leak.js';
import type { Passage, Sighting } from './sighting.js';

const whatOfPlace: Record<Place, string> = {
  datagram: 'a datagram with a loopback address',
  arp: 'ARP for a loopback address',
  'neighbor-discovery': 'neighbor discovery for a loopback address',
  redirect: 'an ICMP redirect to a loopback address',
  quoted: 'an ICMP error that quotes a datagram with a loopback address',
  tunnel: 'a datagram with a loopback address inside a tunnel',
  'tunnel-arp': 'ARP for a loopback address inside a tunnel',
  'tunnel-discovery': 'neighbor discovery for a loopback address inside a tunnel',
  'tunnel-quoted': 'an ICMP error that quotes a datagram with a loopback address inside a tunnel',
  'lsp-ping': 'an LSP ping to 127/8 (RFC 8029 sends it so by design)',
};

const verbOfPassage: Record<Passage, string> = {
  egress: 'left by',
  ingress: 'came in on',
  unknown: 'was on',
};

/** @param returns frames that were returns of datagrams seen before */
export function titleOf(sighting: Sighting, returns: number): string {
  return whatHappened(sighting, returns) + byProbe(sighting);
}

function whatHappened(sighting: Sighting, returns: number): string {
  const { kind, passage, place } = sighting;
  const where = sighting.interface === '' ? 'a wire' : printable(sighting.interface);
  if (kind === 'malformed')
    return `a frame that announces IP or ARP and cannot be decoded ${verbOfPassage[passage]} ${where}`;
  if (kind === 'leak') return `${whatOfPlace[place]} ${verbOfPassage[passage]} ${where}`;
  if (passage === 'ingress' && returns === 0)
    return `a datagram from an own address to an own address came in on ${where}, which this host did not send`;
  const returned = returns === 0 ? '' : '; its peer sent it back';
  return `a datagram from an own address to an own address ${verbOfPassage[passage]} ${where} and did not loop${returned}`;
}

function byProbe({ provoked, passage }: Sighting): string {
  if (provoked === 'not') return '';
  const how = provoked === 'bound' ? ' by a socket bound to the device' : '';
  return passage === 'ingress' ? ', an answer to the probe' : `, sent by the probe${how}`;
}
