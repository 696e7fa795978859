/**
 * Neighbor discovery (RFC 4861) for loopback addresses, wherever it may be, and for others.
 */
import type { Place } from '../../src/verify/describe-leak.js';
import * as build from '../decode/frame-builder.js';
import { discovering, discovery, ends6, frame, over, over6, tagged, vxlan } from './wrappers.js';

export interface Leaky {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly place: Place;
  /** As text in evidence, before the sender's MAC address. */
  readonly around: string;
  readonly src: string;
  readonly dst: string;
}

export const outer = 'IPv4 10.77.0.1 → 10.77.0.2';
export const outer6 = 'IPv6 fd00:77::1 → fd00:77::2';
const found6 = (dst = '::1') => ({ place: 'neighbor-discovery' as const, src: ends6.source, dst });

export const leakyDiscovery: readonly Leaky[] = [
  {
    name: 'a neighbor solicitation for ::1',
    bytes: frame(discovering(135, '::1')),
    ...found6(),
    around: `neighbor solicitation, in ${outer6}`,
  },
  {
    name: 'a neighbor advertisement of a mapped address',
    bytes: frame(discovering(136, '::ffff:127.0.0.1')),
    ...found6('::ffff:127.0.0.1'),
    around: `neighbor advertisement, in ${outer6}`,
  },
  {
    name: 'a redirect to ::1',
    bytes: frame(discovering(137, '::1', 'fd00:9::1')),
    ...found6(),
    around: `redirect, in ${outer6}`,
  },
  {
    name: 'a redirect of ::1',
    bytes: frame(discovering(137, 'fe80::9', '::1')),
    ...found6(),
    around: `redirect, in ${outer6}`,
  },
  {
    name: 'a neighbor solicitation behind VLAN tags',
    bytes: tagged(discovering(135, '::1'), 100, 200),
    ...found6(),
    around: `neighbor solicitation, in VLAN 100 / VLAN 200 / ${outer6}`,
  },
  ...[0, 43, 60, 135].map((nextHeader) => ({
    name: `a neighbor solicitation behind the extension header ${nextHeader}`,
    bytes: frame(
      over6(
        nextHeader,
        build.extension(new Uint8Array(6), { nextHeader: 58, payload: discovery(135, '::1') }),
      ),
    ),
    ...found6(),
    around: `neighbor solicitation, in ${outer6}`,
  })),
  {
    name: 'a neighbor solicitation in a first fragment',
    bytes: frame(
      over6(44, build.fragment({ nextHeader: 58, moreFragments: true, payload: discovery(135, '::1') })),
    ),
    ...found6(),
    around: `neighbor solicitation, in ${outer6}`,
  },
  {
    name: 'a neighbor solicitation in VXLAN',
    bytes: frame(over(17, vxlan(frame(discovering(135, '::1'))))),
    ...found6(),
    place: 'tunnel-discovery',
    around: `neighbor solicitation, in ${outer} / VXLAN 42 / ${outer6}`,
  },
  {
    name: 'a neighbor solicitation in IPv4',
    bytes: frame(over(41, discovering(135, '::1'))),
    ...found6(),
    place: 'tunnel-discovery',
    around: `neighbor solicitation, in ${outer} / ${outer6}`,
  },
  {
    name: 'the quote of a neighbor advertisement',
    bytes: frame(over6(58, build.icmpv6({ ...ends6, type: 1, payload: discovering(136, '::1') }))),
    ...found6(),
    place: 'quoted',
    around: `neighbor advertisement, in ${outer6} / the quote of an ICMP error of type 1 / ${outer6}`,
  },
];

export const innocentDiscovery: readonly { readonly name: string; readonly bytes: Uint8Array }[] = [
  { name: 'a neighbor solicitation for an ordinary address', bytes: frame(discovering(135, 'fd00:77::1')) },
  {
    name: 'a neighbor solicitation with ::1 behind its target',
    bytes: frame(discovering(135, 'fe80::1', '::1')),
  },
  { name: 'a redirect of ordinary addresses', bytes: frame(discovering(137, 'fe80::9', 'fd00:9::1')) },
  {
    name: 'a later fragment that looks like a neighbor solicitation',
    bytes: frame(
      over6(44, build.fragment({ nextHeader: 58, fragmentOffset: 1480, payload: discovery(135, '::1') })),
    ),
  },
  { name: 'an ICMPv6 echo whose data begins with ::1', bytes: frame(discovering(128, '::1')) },
];
