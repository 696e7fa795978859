/**
 * Frames that are not IP, cut, or carry an address where no IP header is.
 */
import test from 'ava';
import { LinkType } from '../../src/capture/link-type.js';
import { InterfaceRole } from '../../src/capture/source.js';
import * as build from '../decode/frame-builder.js';
import { ethernetOf, otherMac, udpPacket } from './frames.js';
import { hosts, judge, judgeFrames } from './judge.js';

const roles = InterfaceRole;

const arpIs = test.macro({
  exec: (t, role: keyof typeof roles, sender: string, target: string, verdict: string, why: string) => {
    const bytes = build.ethernet({
      etherType: 0x0806,
      source: '02:00:00:00:00:01',
      destination: otherMac,
      payload: build.arp({ sender, target }),
    });
    const [found] = judgeFrames([{ bytes }], LinkType.ethernet, roles[role], hosts.given);
    t.is(found.verdict, verdict);
    t.is(found.why, why);
  },
  title: (_provided, role, sender, target, verdict) =>
    `ARP from ${sender} for ${target}, interface ${role}, is ${verdict}`,
});

const isHarmless = 'ARP without a loopback address';
const arpOnLo = 'ARP on a loopback interface, where it reaches nobody';
const arpGuess =
  'in ARP in a frame with an outside address (inferred: nothing tells loopback from wire here)';
test(arpIs, 'wire', '192.0.2.2', '192.0.2.9', 'not-ip none', isHarmless);
test(
  arpIs,
  'wire',
  '127.0.0.1',
  '192.0.2.9',
  'leak none',
  '127.0.0.1 is a loopback address in ARP on a wire',
);
test(
  arpIs,
  'wire',
  '192.0.2.9',
  '127.0.0.5',
  'leak none',
  '127.0.0.5 is a loopback address in ARP on a wire',
);
test(
  arpIs,
  'wire',
  '127.0.0.1',
  '127.0.0.5',
  'leak none',
  '127.0.0.1 and 127.0.0.5 are loopback addresses in ARP on a wire',
);
test(arpIs, 'unknown', '192.0.2.2', '192.0.2.9', 'not-ip none', isHarmless);
test(
  arpIs,
  'unknown',
  '127.0.0.1',
  '192.0.2.9',
  'leak inferred',
  `127.0.0.1 is a loopback address ${arpGuess}`,
);
test(
  arpIs,
  'unknown',
  '192.0.2.9',
  '127.0.0.1',
  'leak inferred',
  `127.0.0.1 is a loopback address ${arpGuess}`,
);
test(arpIs, 'loopback', '192.0.2.2', '192.0.2.9', 'not-ip none', isHarmless);
test(arpIs, 'loopback', '127.0.0.1', '127.0.0.5', 'not-ip none', arpOnLo);

const withoutIp = test.macro({
  exec: (t, _what: string, linkType: LinkType, bytes: Uint8Array, locality: 'not-ip' | 'undecoded') => {
    for (const role of Object.values(roles)) {
      const [{ verdict, why, info }] = judgeFrames([{ bytes }], linkType, role, hosts.given);
      t.is(verdict, `${locality} none`);
      if (locality === 'undecoded') t.is(why, info, 'the reason is where decoding stopped');
      else t.regex(why, /^(no IP header|ARP .*)$/);
      t.not(info, '');
    }
  },
  title: (_provided, what, _linkType, _bytes, locality) => `${what} is ${locality}, whatever the interface`,
});

const lldp = build.ethernet({ etherType: 0x88cc, payload: new Uint8Array(40) });
const spanningTree = build.ethernet({ etherType: 38, payload: new Uint8Array(38).fill(0x42) });
const ipv4Frame = ethernetOf(udpPacket('127.0.0.1', '127.0.0.1'), true);
const ipv6Frame = ethernetOf(udpPacket('::1', '::1'), true);
const arpFrame = build.ethernet({ etherType: 0x0806, payload: build.arp({ sender: '127.0.0.1' }) });
const arpOfIpv6 = build.ethernet({ etherType: 0x0806, payload: build.arp({ protocolType: 0x86dd }) });
const { ethernet, raw, linuxSll } = LinkType;

test(withoutIp, 'a frame of LLDP', ethernet, lldp, 'not-ip');
test(withoutIp, 'a frame of the spanning tree protocol', ethernet, spanningTree, 'not-ip');
test(withoutIp, 'a cooked CAN frame', linuxSll, build.sll({ protocol: 0x0c }), 'not-ip');
test(withoutIp, 'ARP for another protocol than IPv4', ethernet, arpOfIpv6, 'not-ip');
test(withoutIp, 'BSD loopback of another family', LinkType.null, build.nullLink({ family: 7 }), 'not-ip');
test(withoutIp, 'a frame of no bytes', ethernet, new Uint8Array(0), 'undecoded');
test(withoutIp, 'a frame cut in its MAC addresses', ethernet, lldp.subarray(0, 11), 'undecoded');
test(withoutIp, 'an IPv4 header cut in its last address', ethernet, ipv4Frame.subarray(0, 33), 'undecoded');
test(withoutIp, 'an IPv6 header cut in its last address', ethernet, ipv6Frame.subarray(0, 53), 'undecoded');
test(withoutIp, 'ARP cut before its addresses', ethernet, arpFrame.subarray(0, 30), 'undecoded');
test(withoutIp, 'raw IP of version 5', raw, Uint8Array.of(0x55, 0, 0, 0), 'undecoded');
test(withoutIp, 'a frame of a linktype that is not decoded', 147, ipv4Frame, 'undecoded');

test('an IPv4 header with both addresses is judged though all behind it is cut', (t) => {
  const { verdict } = judge('on lo', 'unknown', udpPacket('127.0.0.1', '127.0.0.1').subarray(0, 20));
  t.is(verdict, 'loopback none');
});

test('addresses behind VLAN tags and SNAP leak as others do', (t) => {
  const payload = udpPacket('127.0.0.1', '192.0.2.9');
  const macs = { source: '02:00:00:00:00:01', destination: otherMac };
  const tagged = build.ethernet({
    ...macs,
    etherType: 0x88a8,
    payload: build.vlan({ etherType: 0x8100, payload: build.vlan({ payload }) }),
  });
  const snap = build.snap({ payload });
  const frames = [tagged, build.ethernet({ ...macs, etherType: snap.length, payload: snap })];
  const found = judgeFrames(
    frames.map((bytes) => ({ bytes })),
    ethernet,
    roles.wire,
    hosts.unknown,
  );
  t.deepEqual(
    found.map(({ verdict }) => verdict),
    ['leak none', 'leak none'],
  );
});

const lspPing = test.macro((t, packet: Uint8Array, isNamed: boolean) => {
  const { verdict, why } = judge('on eth0', 'unknown', packet);
  t.is(verdict, 'leak none');
  t.is(why.endsWith('; UDP port 3503 is LSP ping, which does so by design'), isNamed);
});

test(
  'an LSP ping to 127/8 is a leak that says what it is',
  lspPing,
  udpPacket('192.0.2.9', '127.0.0.1', 3503, 3503),
  true,
);
test(
  'an LSP ping to mapped 127/8 says so too',
  lspPing,
  udpPacket('fd00::9', '::ffff:127.0.0.1', 9, 3503),
  true,
);
test(
  'a datagram from 127/8 to port 3503 is no LSP ping',
  lspPing,
  udpPacket('127.0.0.1', '192.0.2.9', 9, 3503),
  false,
);
test(
  'TCP to port 3503 of 127/8 is no LSP ping',
  lspPing,
  build.ipv4({
    source: '192.0.2.9',
    destination: '127.0.0.1',
    protocol: 6,
    payload: build.tcp({ destinationPort: 3503 }),
  }),
  false,
);
