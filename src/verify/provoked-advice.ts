/**
 * What to do about a frame that the probe provoked. A socket bound to a device goes by that device's routes alone, and
 * where these have none the kernel takes the target to be on the link (net/ipv4/route.c): on any Linux as it comes,
 * any program reaches a wire with 127.0.0.1 that way. Only a rule stops it.
 * Reference: nft(8); SO_BINDTODEVICE in socket(7).
 */
import type { Sighting } from './sighting.js';

/** Behind a finding's title. */
export function provokedTitle({ provoked, passage }: Sighting): string {
  if (provoked === 'not') return '';
  const how = provoked === 'bound' ? ' by a socket bound to the device' : '';
  return passage === 'ingress' ? ', an answer to the probe' : `, sent by the probe${how}`;
}

/**
 * The fix where the general one does not help, else ''.
 * @param dst of the first frame, as text
 */
export function provokedFix({ provoked, passage, kind }: Sighting, dst: string): string {
  if (provoked === 'not') return '';
  if (passage === 'ingress') return 'mend what lets the datagram out that this answers or returns';
  if (provoked === 'unbound') return '';
  const version = dst.includes(':') ? 'ip6' : 'ip';
  const wanted = kind === 'hairpin' ? dst : version === 'ip6' ? '::1' : '127.0.0.0/8';
  return `nft 'table inet loopback { chain output { type filter hook output priority 0; oif != "lo" ${version} daddr ${wanted} drop; }; }'`;
}
