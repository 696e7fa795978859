/**
 * The verdict table of the design, row by row: where, who knows the host, from, to, verdict and evidence, why.
 */
import test from 'ava';
import { Direction, FrameFlag } from '../../src/capture/frame-batch.js';
import { InterfaceRole } from '../../src/capture/source.js';
import { ipv6 } from '../decode/frame-builder.js';
import { udpPacket } from './frames.js';
import { type HostName, hosts, judge, judgeFrames, type PlaceName, places } from './judge.js';

type Row = readonly [source: string, destination: string, verdict: string, why: string];

const judged = test.macro({
  exec: (t, place: PlaceName, host: HostName, [source, destination, verdict, why]: Row) => {
    const found = judge(place, host, udpPacket(source, destination));
    t.is(found.verdict, verdict);
    t.is(found.why, why);
  },
  title: (_provided, place, host, row: Row) => `${place}, host ${host}: ${row[0]} to ${row[1]} is ${row[2]}`,
});

function rows(place: PlaceName, host: HostName, table: readonly Row[]): void {
  for (const row of table) test(judged, place, host, row);
}

const inLoopbackNet = (address: string): string => `${address} is in 127.0.0.0/8`;
const noOwn = ': no rule of the host puts it on loopback';

rows('on lo', 'unknown', [
  ['127.0.0.1', '127.0.0.1', 'loopback none', inLoopbackNet('127.0.0.1')],
  ['127.0.0.88', '127.255.255.254', 'loopback none', inLoopbackNet('127.255.255.254')],
  ['127.0.0.1', '127.0.0.0', 'loopback none', inLoopbackNet('127.0.0.0')],
  ['192.0.2.2', '127.0.0.1', 'loopback none', inLoopbackNet('127.0.0.1')],
  ['::1', '::1', 'loopback none', '::1 is the IPv6 loopback address'],
  ['fd00::2', '::1', 'loopback none', '::1 is the IPv6 loopback address'],
  ['::ffff:127.0.0.1', '::ffff:127.0.0.2', 'loopback none', inLoopbackNet('::ffff:127.0.0.2')],
  [
    '127.0.0.1',
    '127.255.255.255',
    'broadcast-copy none',
    '127.255.255.255 is the broadcast address of 127.0.0.0/8',
  ],
  [
    '192.0.2.2',
    '255.255.255.255',
    'broadcast-copy none',
    '255.255.255.255 is the limited broadcast: the copy for this host',
  ],
  [
    '127.0.0.1',
    '224.0.0.1',
    'multicast-copy none',
    '224.0.0.1 is a multicast group: the copy for members on this host',
  ],
  [
    '192.0.2.2',
    '239.255.255.255',
    'multicast-copy none',
    '239.255.255.255 is a multicast group: the copy for members on this host',
  ],
  [
    '::1',
    'ff02::fb',
    'multicast-copy none',
    'ff02::fb is a multicast group: the copy for members on this host',
  ],
  [
    '192.0.2.2',
    '192.0.2.2',
    'self-addressed inferred',
    '192.0.2.2 sends to itself: inferred to be the host’s own address',
  ],
  [
    '127.0.0.1',
    '192.0.2.255',
    'self-addressed inferred',
    '192.0.2.255 was delivered over loopback: inferred to be the host’s own address',
  ],
  [
    '::1',
    'fd00::2',
    'self-addressed inferred',
    'fd00::2 was delivered over loopback: inferred to be the host’s own address',
  ],
  ['127.0.0.1', '0.0.0.0', 'stray inferred', '0.0.0.0 is no address that a host loops back'],
  ['127.0.0.1', '0.1.2.3', 'stray inferred', '0.1.2.3 is no address that a host loops back'],
  ['127.0.0.1', '240.0.0.1', 'stray inferred', '240.0.0.1 is no address that a host loops back'],
  ['::1', '::', 'stray inferred', ':: is no address that a host loops back'],
]);

const origins = [
  ['given', 'as given with --host'],
  ['recorded', 'as the capture recorded'],
  ['live', 'by this host’s routing table'],
] as const;

for (const [host, by] of origins) {
  rows('on lo', host, [
    ['127.0.0.1', '127.0.0.1', 'loopback none', inLoopbackNet('127.0.0.1')],
    [
      '192.0.2.2',
      '192.0.2.255',
      `broadcast-copy ${host}`,
      `192.0.2.255 is a directed broadcast of the host, ${by}: the copy for this host`,
    ],
    ['127.0.0.1', '192.0.2.2', `self-addressed ${host}`, `192.0.2.2 is the host’s own address, ${by}`],
    ['fd00::2', 'fd00::2', `self-addressed ${host}`, `fd00::2 is the host’s own address, ${by}`],
    ['fe80::7', 'fe80::7', `self-addressed ${host}`, `fe80::7 is the host’s own address, ${by}`],
    ['192.0.2.2', '192.0.2.9', `stray ${host}`, `192.0.2.9 is none of the host’s addresses, ${by}${noOwn}`],
    ['fd00::2', 'fd00::9', `stray ${host}`, `fd00::9 is none of the host’s addresses, ${by}${noOwn}`],
    ['127.0.0.1', '0.0.0.0', `stray ${host}`, `0.0.0.0 is none of the host’s addresses, ${by}${noOwn}`],
    ['::1', '::', `stray ${host}`, `:: is none of the host’s addresses, ${by}${noOwn}`],
  ]);
}

// AnyIP: a whole prefix is the host's own.
rows('on lo', 'live', [
  [
    '127.0.0.1',
    '198.51.100.77',
    'self-addressed live',
    '198.51.100.77 is the host’s own address, by this host’s routing table',
  ],
  [
    '::1',
    '2001:db8:99::abcd',
    'self-addressed live',
    '2001:db8:99::abcd is the host’s own address, by this host’s routing table',
  ],
]);
rows('on eth0', 'live', [
  [
    '192.0.2.2',
    '198.51.100.77',
    'hairpin live',
    '192.0.2.2 and 198.51.100.77 are both the host’s own, by this host’s routing table: it should have looped, the route to itself is missing',
  ],
]);

const aLeak = (address: string): string => `${address} is a loopback address on a wire`;
const twoLeaks = (one: string, other: string): string =>
  `${one} and ${other} are loopback addresses on a wire`;

for (const host of ['unknown', 'given'] as const) {
  // A known host tells which way a leak between it and somebody else goes.
  const [egress, ingress] = host === 'given' ? ['egress: ', 'ingress: '] : ['', ''];
  rows('on eth0', host, [
    ['127.0.0.1', '192.0.2.9', 'leak none', `${egress}${aLeak('127.0.0.1')}`],
    ['192.0.2.9', '127.0.0.1', 'leak none', `${ingress}${aLeak('127.0.0.1')}`],
    ['127.0.0.1', '127.0.0.5', 'leak none', twoLeaks('127.0.0.1', '127.0.0.5')],
    ['127.0.0.1', '127.255.255.255', 'leak none', twoLeaks('127.0.0.1', '127.255.255.255')],
    ['127.0.0.1', '255.255.255.255', 'leak none', aLeak('127.0.0.1')],
    ['127.0.0.1', '224.0.0.251', 'leak none', aLeak('127.0.0.1')],
    ['192.0.2.2', '127.255.255.255', 'leak none', `${egress}${aLeak('127.255.255.255')}`],
    ['::1', 'fd00::9', 'leak none', aLeak('::1')],
    ['fd00::9', '::1', 'leak none', aLeak('::1')],
    ['::1', '::1', 'leak none', twoLeaks('::1', '::1')],
    ['::1', 'ff02::fb', 'leak none', aLeak('::1')],
    ['::ffff:127.0.0.1', 'fd00::9', 'leak none', aLeak('::ffff:127.0.0.1')],
    ['fd00::9', '::ffff:127.9.9.9', 'leak none', aLeak('::ffff:127.9.9.9')],
    ['192.0.2.9', '203.0.113.9', 'external none', '192.0.2.9 to 203.0.113.9 concerns no loopback address'],
    ['192.0.2.9', '224.0.0.251', 'external none', '192.0.2.9 to 224.0.0.251 concerns no loopback address'],
    ['fd00::9', 'ff02::fb', 'external none', 'fd00::9 to ff02::fb concerns no loopback address'],
    ['::', 'ff02::16', 'external none', ':: to ff02::16 concerns no loopback address'],
    [
      '128.0.0.1',
      '126.255.255.255',
      'external none',
      '128.0.0.1 to 126.255.255.255 concerns no loopback address',
    ],
    ['::2', '::ffff:126.0.0.1', 'external none', '::2 to ::ffff:126.0.0.1 concerns no loopback address'],
    // 127/8 in the last bytes of an address that is not mapped.
    ['::7f00:1', '::fffe:7f00:1', 'external none', '::7f00:1 to ::fffe:7f00:1 concerns no loopback address'],
    ['1::1', '0:1::1', 'external none', '1::1 to 0:1::1 concerns no loopback address'],
  ]);
}

rows('on eth0', 'unknown', [
  ['192.0.2.2', '192.0.2.2', 'external none', '192.0.2.2 to 192.0.2.2 concerns no loopback address'],
  ['192.0.2.2', '192.0.2.255', 'external none', '192.0.2.2 to 192.0.2.255 concerns no loopback address'],
]);

const sentIt = (to: string): string =>
  `this host sent it to ${to}: the original, ${to.endsWith('255') ? 'whose copy loops back' : perhaps}`;
const perhaps = 'whose copy loops back if somebody here has joined';
const missingRoute = ': it should have looped, the route to itself is missing';
const original = (address: string, by: string, to: string, copy = 'whose copy loops back'): string =>
  `${address} is the host’s own address, ${by}: the original to ${to}, ${copy}`;

for (const [host, by] of origins) {
  const copy = host === 'live' ? `${perhaps}: nobody had when this host was last asked` : perhaps;
  rows('on eth0', host, [
    [
      '192.0.2.2',
      '192.0.2.2',
      `hairpin ${host}`,
      `192.0.2.2 and 192.0.2.2 are both the host’s own, ${by}${missingRoute}`,
    ],
    [
      'fe80::7',
      'fd00::2',
      `hairpin ${host}`,
      `fe80::7 and fd00::2 are both the host’s own, ${by}${missingRoute}`,
    ],
    ['192.0.2.2', '192.0.2.255', `cast-original ${host}`, original('192.0.2.2', by, '192.0.2.255')],
    ['192.0.2.2', '255.255.255.255', `cast-original ${host}`, original('192.0.2.2', by, '255.255.255.255')],
    ['192.0.2.2', '224.0.0.251', `cast-original ${host}`, original('192.0.2.2', by, '224.0.0.251', copy)],
    ['fd00::2', 'ff02::fb', `cast-original ${host}`, original('fd00::2', by, 'ff02::fb', copy)],
    ['192.0.2.9', '192.0.2.255', 'external none', '192.0.2.9 to 192.0.2.255 concerns no loopback address'],
    ['192.0.2.2', '192.0.2.9', 'external none', '192.0.2.2 to 192.0.2.9 concerns no loopback address'],
    ['192.0.2.9', '192.0.2.2', 'external none', '192.0.2.9 to 192.0.2.2 concerns no loopback address'],
    ['fd00::2', 'fd00::9', 'external none', 'fd00::2 to fd00::9 concerns no loopback address'],
  ]);
}

const guess = ' (inferred: nothing tells loopback from wire here)';
const outside = (address: string): string =>
  `${address} is a loopback address in a frame with an outside address${guess}`;

for (const place of ['on nobody knows what', 'with real MACs'] as const) {
  rows(place, 'unknown', [
    ['127.0.0.1', '127.0.0.2', 'loopback inferred', inLoopbackNet('127.0.0.2') + guess],
    ['::1', '::1', 'loopback inferred', `::1 is the IPv6 loopback address${guess}`],
    ['::ffff:127.0.0.1', '::1', 'loopback inferred', `::1 is the IPv6 loopback address${guess}`],
    [
      '127.0.0.1',
      '127.255.255.255',
      'broadcast-copy inferred',
      `127.255.255.255 is the broadcast address of 127.0.0.0/8${guess}`,
    ],
    ['127.0.0.1', '192.0.2.2', 'leak inferred', outside('127.0.0.1')],
    ['192.0.2.2', '127.0.0.1', 'leak inferred', outside('127.0.0.1')],
    ['127.0.0.1', '224.0.0.1', 'leak inferred', outside('127.0.0.1')],
    ['127.0.0.1', '255.255.255.255', 'leak inferred', outside('127.0.0.1')],
    ['::1', 'fd00::2', 'leak inferred', outside('::1')],
    ['fd00::2', '::1', 'leak inferred', outside('::1')],
    ['::1', 'ff02::1', 'leak inferred', outside('::1')],
    ['fd00::2', '::ffff:127.0.0.1', 'leak inferred', outside('::ffff:127.0.0.1')],
    ['192.0.2.2', '192.0.2.2', 'self-addressed inferred', `192.0.2.2 sends to itself${guess}`],
    ['fd00::2', 'fd00::2', 'self-addressed inferred', `fd00::2 sends to itself${guess}`],
    ['0.0.0.0', '0.0.0.0', 'external inferred', `0.0.0.0 to 0.0.0.0 concerns no loopback address${guess}`],
    ['::', '::', 'external inferred', `:: to :: concerns no loopback address${guess}`],
    [
      '224.0.0.1',
      '224.0.0.1',
      'external inferred',
      `224.0.0.1 to 224.0.0.1 concerns no loopback address${guess}`,
    ],
    ['ff02::1', 'ff02::1', 'external inferred', `ff02::1 to ff02::1 concerns no loopback address${guess}`],
    [
      '192.0.2.2',
      '224.0.0.1',
      'external inferred',
      `192.0.2.2 to 224.0.0.1 concerns no loopback address${guess}`,
    ],
    ['fd00::2', 'ff02::1', 'external inferred', `fd00::2 to ff02::1 concerns no loopback address${guess}`],
    [
      '192.0.2.2',
      '192.0.2.9',
      'external inferred',
      `192.0.2.2 to 192.0.2.9 concerns no loopback address${guess}`,
    ],
  ]);
  rows(place, 'given', [
    ...['224.0.0.1', '255.255.255.255', '192.0.2.255'].map(
      (to): Row => ['192.0.2.2', to, 'cast-original inferred', `${sentIt(to)}${guess}`],
    ),
    ['fd00::2', 'ff02::1', 'cast-original inferred', `${sentIt('ff02::1')}${guess}`],
    [
      '192.0.2.9',
      '224.0.0.1',
      'external inferred',
      `192.0.2.9 to 224.0.0.1 concerns no loopback address${guess}`,
    ],
    ['fd00::9', 'ff02::1', 'external inferred', `fd00::9 to ff02::1 concerns no loopback address${guess}`],
  ]);
}

// What the link header says where nothing else tells, and that --interface-role goes before it.
const placed = test.macro({
  exec: (t, place: PlaceName, verdicts: readonly string[]) => {
    const pairs = [
      ['127.0.0.1', '127.0.0.1'],
      ['127.0.0.1', '192.0.2.2'],
      ['::1', '::1'],
      ['fd00::2', 'fd00::2'],
    ];
    const found = pairs.map(([source, destination]) =>
      judge(place, 'unknown', udpPacket(source, destination)),
    );
    t.deepEqual(
      found.map(({ verdict }) => verdict),
      [...verdicts],
    );
    t.false(found.some(({ why }) => why.includes('nothing tells')));
  },
  title: (_provided, place) => `frames ${place} are judged by where they were`,
});

const asOnLo = ['loopback none', 'self-addressed inferred', 'loopback none', 'self-addressed inferred'];
const asOnWire = ['leak none', 'leak none', 'leak none', 'external none'];
test(placed, 'with zero MACs', asOnLo);
test(placed, 'cooked, from lo', asOnLo);
test(placed, 'cooked v2, from lo', asOnLo);
test(placed, 'in BSD NULL', asOnLo);
test(placed, 'in OpenBSD LOOP', asOnLo);
test(placed, 'on a loopback without a link header', asOnLo);
test(placed, 'cooked, from eth0', asOnWire);
test(placed, 'cooked v2, from eth0', asOnWire);
test(placed, 'with zero MACs on a wire', asOnWire);
test(placed, 'on a wire without a link header', asOnWire);

const directed = test.macro({
  exec: (t, direction: keyof typeof Direction, [source, destination, verdict, why]: Row) => {
    const packet = udpPacket(source, destination);
    const found = judge('on eth0', 'unknown', packet, { direction: Direction[direction] });
    t.is(found.verdict, verdict);
    t.is(found.why, why);
  },
  title: (_provided, direction, row: Row) =>
    `on eth0, direction ${direction}: ${row[0]} to ${row[1]} is ${row[2]}`,
});

test(directed, 'out', ['192.0.2.2', '224.0.0.251', 'cast-original inferred', sentIt('224.0.0.251')]);
test(directed, 'out', ['0.0.0.0', '255.255.255.255', 'cast-original inferred', sentIt('255.255.255.255')]);
test(directed, 'out', ['fd00::2', 'ff02::fb', 'cast-original inferred', sentIt('ff02::fb')]);
test(directed, 'out', ['127.0.0.1', '192.0.2.9', 'leak none', `egress: ${aLeak('127.0.0.1')}`]);
test(directed, 'in', ['192.0.2.9', '127.0.0.1', 'leak none', `ingress: ${aLeak('127.0.0.1')}`]);
test(directed, 'multicast', ['::1', 'ff02::fb', 'leak none', `ingress: ${aLeak('::1')}`]);
test(directed, 'other', ['192.0.2.9', '127.0.0.1', 'leak none', `ingress: ${aLeak('127.0.0.1')}`]);
for (const direction of ['in', 'broadcast', 'multicast', 'other', 'unknown'] as const) {
  test(directed, direction, [
    '192.0.2.2',
    '224.0.0.251',
    'external none',
    '192.0.2.2 to 224.0.0.251 concerns no loopback address',
  ]);
}

test('a copy observed above the taps is one, whatever interface it came from and whatever is known of the host', (t) => {
  const verdictOf = (destination: string, source = '192.0.2.2', host: HostName = 'given') => {
    const packet = udpPacket(source, destination);
    const { verdict, why } = judge('on eth0', host, packet, { flags: FrameFlag.observedCopy });
    return `${verdict}: ${why}`;
  };
  t.is(
    verdictOf('255.255.255.255'),
    'broadcast-copy observed: 255.255.255.255 is the limited broadcast: the copy for this host, observed where it looped back',
  );
  t.is(
    verdictOf('192.0.2.255'),
    'broadcast-copy observed: 192.0.2.255 is a broadcast address: the copy for this host, observed where it looped back',
  );
  t.is(verdictOf('192.0.2.255'), verdictOf('192.0.2.255', '192.0.2.2', 'unknown'));
  t.regex(verdictOf('224.0.0.251'), /^multicast-copy observed: /);
  t.regex(verdictOf('ff02::fb', 'fd00::2'), /^multicast-copy observed: /);
  t.regex(verdictOf('192.0.2.2'), /^self-addressed given: /);
  t.regex(verdictOf('127.0.0.1'), /^loopback none: /);
});

test('an address that lo taught is own on the wire of the same capture, by inference', (t) => {
  const teach = [udpPacket('127.0.0.1', '192.0.2.2'), udpPacket('::1', 'fd00::2')];
  const ask = [
    udpPacket('192.0.2.2', '192.0.2.2'),
    udpPacket('192.0.2.2', '224.0.0.251'),
    udpPacket('fd00::2', 'fd00::2'),
    udpPacket('192.0.2.9', '192.0.2.9'),
  ];
  const payloads = [...teach, ...ask];
  const cookedFrames = payloads.map((packet, i) => {
    const place = places[i < teach.length ? 'cooked, from lo' : 'cooked, from eth0'];
    return { bytes: place.frameOf(packet) };
  });
  const { linkType } = places['cooked, from lo'];
  const found = judgeFrames(cookedFrames, linkType, InterfaceRole.unknown, hosts.unknown);
  t.deepEqual(
    found.map(({ verdict }) => verdict),
    [
      'self-addressed inferred',
      'self-addressed inferred',
      'hairpin inferred',
      'cast-original inferred',
      'hairpin inferred',
      'external none',
    ],
  );
  t.is(
    found[2].why,
    '192.0.2.2 and 192.0.2.2 are both the host’s own, inferred: it should have looped, the route to itself is missing',
  );
});

test('an original to a group says of its copy what the host’s memberships say', (t) => {
  const groups = [
    { interface: 'eth0', address: '239.7.7.7' },
    { interface: 'eth0', address: 'ff02::1' },
  ];
  const { frameOf, linkType, role } = places['on eth0'];
  const neighbourSolicitation = ipv6({
    source: 'fd00::2',
    destination: 'ff02::1',
    nextHeader: 58,
    payload: Uint8Array.of(135, 0, 0, 0),
  });
  const packets = [
    udpPacket('192.0.2.2', '239.7.7.7'),
    udpPacket('192.0.2.2', '239.9.9.9'),
    neighbourSolicitation,
  ];
  const frames = packets.map((packet) => ({ bytes: frameOf(packet) }));
  const found = judgeFrames(frames, linkType, role, { ...hosts.live, groups });
  t.deepEqual(
    found.map(({ why }) => why.replace(/^.*the original to /, '')),
    [
      '239.7.7.7, whose copy loops back: somebody here has joined',
      `239.9.9.9, ${perhaps}: nobody had when this host was last asked`,
      'ff02::1, of which no copy loops back: the kernel turns it off for its own messages',
    ],
  );
});
