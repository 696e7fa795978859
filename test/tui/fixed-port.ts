/**
 * An analyzer that holds fixed data: a short capture on `lo` and `eth0` with every locality, some of its text
 * hostile to a terminal. It answers in the next microtask, and tells what it was asked.
 */
import type {
  AnalyzerPort,
  FlowSort,
  FrameDetail,
  PacketRow,
  Page,
  Snapshot,
  ViewFilter,
} from '../../src/analysis/port.js';
import { InterfaceRole } from '../../src/capture/source.js';
import { Evidence, Locality } from '../../src/classify/locality.js';
import type { Field } from '../../src/decode/field.js';
import type { FlowRecord } from '../../src/flow/flow-record.js';

const startNs = 1_795_324_401_000_000_000n;

type Sketch = readonly [
  protocol: string,
  src: string,
  srcPort: number,
  dst: string,
  dstPort: number,
  locality: Locality,
  evidence: Evidence,
  info: string,
  why: string,
];

const to127 = 'the destination is in 127/8';

/** One round of traffic; the capture repeats it. */
const round: readonly Sketch[] = [
  [
    'tcp',
    '127.0.0.1',
    54321,
    '127.0.0.1',
    8080,
    Locality.loopback,
    Evidence.none,
    'SYN seq 0 win 65495',
    to127,
  ],
  [
    'tcp',
    '127.0.0.1',
    8080,
    '127.0.0.1',
    54321,
    Locality.loopback,
    Evidence.none,
    'SYN, ACK seq 0 ack 1',
    to127,
  ],
  [
    'tcp',
    '127.0.0.1',
    54321,
    '127.0.0.1',
    8080,
    Locality.loopback,
    Evidence.none,
    'GET /{red-fg}x{/} \x1b[31mred\x1b]0;title\x07',
    to127,
  ],
  [
    'udp',
    '::1',
    5353,
    '::1',
    40001,
    Locality.loopback,
    Evidence.none,
    '名前解決 ok, 😀 e\u0301',
    'the destination is ::1',
  ],
  [
    'tcp',
    '192.0.2.1',
    40100,
    '192.0.2.1',
    443,
    Locality.selfAddressed,
    Evidence.inferred,
    'ACK seq 77 ack 912',
    'the destination is an own address: seen on loopback',
  ],
  [
    'udp',
    '192.0.2.1',
    5353,
    '224.0.0.251',
    5353,
    Locality.multicastCopy,
    Evidence.recorded,
    'DNS query _http._tcp.local',
    'the destination is multicast: the copy that loops back',
  ],
  [
    'udp',
    '192.0.2.1',
    68,
    '255.255.255.255',
    67,
    Locality.broadcastCopy,
    Evidence.inferred,
    'DHCP discover',
    'the destination is the limited broadcast: the copy that loops back',
  ],
  [
    'udp',
    '192.0.2.1',
    5353,
    '224.0.0.251',
    5353,
    Locality.castOriginal,
    Evidence.recorded,
    'DNS query _http._tcp.local',
    "the host's own multicast on the wire",
  ],
  [
    'tcp',
    '192.0.2.1',
    50222,
    '198.51.100.7',
    443,
    Locality.external,
    Evidence.none,
    'ACK seq 1 ack 1448',
    'neither end is loopback',
  ],
  [
    'icmpv6',
    'fe80::5054:ff:fe12:3456',
    0,
    '2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff',
    0,
    Locality.external,
    Evidence.none,
    'echo request id 77 seq 3',
    'neither end is loopback',
  ],
  ['arp', '', 0, '', 0, Locality.notIp, Evidence.none, 'who has 192.0.2.254', 'no IP header'],
  [
    'udp',
    '127.0.0.1',
    9999,
    '198.51.100.9',
    53,
    Locality.leak,
    Evidence.none,
    'DNS query internal.corp',
    'egress: a loopback source on the wire',
  ],
];

function rowOf(index: number): PacketRow {
  const [protocol, src, srcPort, dst, dstPort, locality, evidence, info, why] = round[index % round.length];
  const onWire = locality === Locality.leak || locality >= Locality.castOriginal;
  return {
    number: index + 1,
    timeNs: startNs + BigInt(index) * 137_503_211n,
    isTimeApproximate: index % 7 === 3,
    interface: onWire ? 'eth0' : 'lo',
    capLen: 74,
    origLen: index % 5 === 0 ? 1514 : 74,
    protocol,
    src,
    dst,
    srcPort,
    dstPort,
    info,
    locality,
    evidence,
    why,
    flow: protocol === 'arp' ? 0 : (index % round.length) + 1,
  };
}

function field(
  name: string,
  value: string,
  offset: number,
  len: number,
  meaning = '',
  children: Field[] = [],
): Field {
  return { name, value, meaning, offset, len, children };
}

/** A tree as a dissector gives it; the bytes are those of a TCP SYN over IPv4 on Ethernet. */
function fieldsOf(row: PacketRow): Field[] {
  const flags = [field('ACK', '0', 47, 1), field('SYN', '1', 47, 1, 'set')];
  return [
    field('Ethernet', '', 0, 14, '', [
      field('Destination', '00:00:00:00:00:00', 0, 6),
      field('Source', '00:00:00:00:00:00', 6, 6),
      field('Type', '0x0800', 12, 2, 'IPv4'),
    ]),
    field('Internet Protocol Version 4', `${row.src} → ${row.dst}`, 14, 20, '', [
      field('Version', '4', 14, 1),
      field('Header Length', '5', 14, 1, '20 bytes'),
      field('Total Length', '60', 16, 2),
      field('Identification', '0x1c46', 18, 2),
      field('Flags', '0x2', 20, 1, "don't fragment", [field('More Fragments', '0', 20, 1)]),
      field('Time to Live', '64', 22, 1),
      field('Protocol', '6', 23, 1, 'TCP'),
      field('Header Checksum', '0x2074', 24, 2, 'correct'),
      field('Source Address', row.src, 26, 4),
      field('Destination Address', row.dst, 30, 4, '{bold}in 127/8{/bold}'),
    ]),
    field('Transmission Control Protocol', `${row.srcPort} → ${row.dstPort}`, 34, 40, '', [
      field('Source Port', `${row.srcPort}`, 34, 2),
      field('Destination Port', `${row.dstPort}`, 36, 2),
      field('Sequence Number', '3735928559', 38, 4),
      field('Flags', '0x02', 47, 1, 'SYN', flags),
      field('Window', '65495', 48, 2),
      field('Checksum', '0xfe30', 50, 2, 'offloaded: the pseudo-header sum only'),
    ]),
  ];
}

const frameHex =
  '000000000000000000000000080045 00003c1c4640004006207 47f0000017f000001d4311f90deadbeef00000000' +
  'a002ffd7fe3000000204ffd70402080a0a1b2c3d0000000001030307';

function bytesOf(): Uint8Array {
  const hex = frameHex.replaceAll(' ', '').padEnd(148, '0');
  return Uint8Array.from({ length: 74 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

function flowOf(index: number): FlowRecord {
  const [protocol, src, srcPort, dst, dstPort, locality] = round[index];
  return {
    id: index + 1,
    protocol,
    initiator: { address: src, port: srcPort },
    responder: { address: dst, port: dstPort },
    state: protocol !== 'tcp' ? '' : index === 4 ? 'reset' : index === 8 ? 'syn-sent' : 'established',
    forward: { frames: 12 * (index + 1), originalBytes: 9_100 * (index + 1) ** 3 },
    reverse: { frames: index % 3 === 0 ? 0 : 11 * index, originalBytes: index % 3 === 0 ? 0 : 540 * index },
    firstTimeNs: startNs + BigInt(index) * 137_503_211n,
    lastTimeNs: startNs + BigInt(index + 48) * 137_503_211n,
    locality,
    localities: [locality],
  };
}

/** As much of the language as the tests need: `udp`, `port 53`, `flow 3`, joined by `and`. */
function selects(text: string, row: Pick<PacketRow, 'protocol' | 'srcPort' | 'dstPort' | 'flow'>): boolean {
  return text.split(' and ').every((primitive) => {
    const [, protocol = '', word, value] = /^(\w+?)?(?:(?:^| )(port|flow) (\d+))?$/.exec(primitive) ?? [];
    if (protocol !== '' && protocol !== row.protocol) return false;
    if (word === 'port') return [row.srcPort, row.dstPort].includes(Number(value));
    return word !== 'flow' || row.flow === Number(value);
  });
}

function matches(row: PacketRow, filter: ViewFilter): boolean {
  if (filter.text !== undefined && !selects(filter.text, row)) return false;
  if (filter.localities !== undefined && !filter.localities.includes(row.locality)) return false;
  return filter.flow === undefined || filter.flow === row.flow;
}

export class FixedPort implements AnalyzerPort {
  readonly asked: string[] = [];
  /** Changed by a test to change what the next snapshot says. */
  changed: Partial<Snapshot> = {};
  /** Nothing seen on a wire. */
  onlyLoopback = false;
  /** What is wrong with the file. */
  damage: string | null = null;
  cleared = false;

  constructor(
    readonly live: boolean,
    public frames = 60,
    public first = 1,
  ) {}

  #held(filter: ViewFilter): PacketRow[] {
    const rows = Array.from({ length: this.frames - this.first + 1 }, (_, i) => rowOf(this.first - 1 + i));
    return rows.filter((row) => matches(row, filter));
  }

  async snapshot(): Promise<Snapshot> {
    this.asked.push('snapshot');
    const snapshot = snapshotOf(this.live, this.frames, this.first);
    const [source] = snapshot.sources;
    const interfaces = this.onlyLoopback ? source.interfaces.slice(0, 1) : source.interfaces;
    const localities = snapshot.localities.map((count, i) =>
      this.onlyLoopback && i > Locality.stray ? { frames: 0, originalBytes: 0, inferred: 0 } : count,
    );
    const frames = localities.reduce((sum, count) => sum + count.frames, 0);
    const sources = [
      { ...source, interfaces, error: this.damage, complete: source.complete && this.damage === null },
    ];
    return { ...snapshot, sources, localities, frames, ...this.changed };
  }

  async rows(from: number, count: number, filter: ViewFilter): Promise<Page<PacketRow>> {
    this.asked.push(`rows ${from} ${count} ${JSON.stringify(filter)}`);
    const held = this.#held(filter);
    return { total: held.length, rows: held.slice(from, from + count) };
  }

  async indexOf(number: number, filter: ViewFilter): Promise<number> {
    this.asked.push(`indexOf ${number} ${JSON.stringify(filter)}`);
    const held = this.#held(filter);
    const index = held.findIndex((row) => row.number >= number);
    return index < 0 ? held.length : index;
  }

  async detail(number: number): Promise<FrameDetail | null> {
    this.asked.push(`detail ${number}`);
    if (number < this.first) return null;
    const row = rowOf(number - 1);
    return { row, bytes: bytesOf(), fields: fieldsOf(row) };
  }

  async flows(sort: FlowSort, descending: boolean, from: number, count: number, filter: ViewFilter) {
    this.asked.push(`flows ${sort} ${descending} ${from} ${count}`);
    const every = round.map((_, i) => flowOf(i)).filter((flow) => flow.protocol !== 'arp');
    const kept = every.filter(({ id, protocol, initiator, responder, locality }) => {
      const row = { protocol, srcPort: initiator.port, dstPort: responder.port, flow: id };
      return (
        (filter.localities?.includes(locality) ?? true) &&
        (filter.text === undefined || selects(filter.text, row))
      );
    });
    const rank = (flow: FlowRecord) => (sort === 'bytes' ? flow.forward.originalBytes : flow.id);
    kept.sort((a, b) => (rank(a) - rank(b)) * (descending ? -1 : 1));
    return { total: kept.length, rows: kept.slice(from, from + count) };
  }

  async clear(): Promise<void> {
    this.cleared = true;
    this.frames = 0;
    this.first = 1;
  }

  async close(): Promise<void> {}
}

function snapshotOf(live: boolean, frames: number, first: number): Snapshot {
  const localities = Object.values(Locality).map((locality) => {
    let own = 0;
    for (let i = 0; i < frames; i++) if (round[i % round.length][5] === locality) own++;
    const inferred = locality === Locality.broadcastCopy ? own : locality === Locality.selfAddressed ? 2 : 0;
    return { frames: own, originalBytes: own * 99, inferred };
  });
  const seconds = Math.ceil((frames * 137.503211) / 1000);
  const counts = localities.map((count, i) =>
    Array.from({ length: seconds }, (_, step) =>
      Math.round(count.frames * Math.abs(Math.sin((step + 1) * (i + 2)))),
    ),
  );
  const one = (id: number, name: string, role: InterfaceRole) => {
    return {
      id,
      name,
      linkType: 1,
      role,
      frames: role === InterfaceRole.wire ? frames / 3 : (2 * frames) / 3,
      dropped: 0,
    };
  };
  return {
    sources: [
      {
        name: live ? 'lo' : 'trace.pcapng',
        format: live ? 'live' : 'pcapng',
        engine: 'fast',
        complete: !live,
        error: null,
        interfaces: [one(0, 'lo', InterfaceRole.loopback), one(1, 'eth0', InterfaceRole.wire)],
        bytesRead: 5_160,
        bytesTotal: live ? 0 : 5_160,
      },
    ],
    running: live,
    frames,
    capturedBytes: frames * 74,
    originalBytes: frames * 362,
    firstTimeNs: startNs,
    lastTimeNs: startNs + BigInt(Math.max(0, frames - 1)) * 137_503_211n,
    dropped: 0,
    protocols: {
      ipv4: 50,
      ipv6: 5,
      arp: 5,
      tcp: 25,
      udp: 20,
      icmp: 0,
      icmpv6: 5,
      igmp: 0,
      sctp: 0,
      other: 0,
    },
    localities,
    evidence: [35, 0, 10, 0, 10],
    stops: [frames, 0, 0, 0],
    flows: { total: 11, tcp: 5, udp: 5, icmp: 1, framesNotKept: 0 },
    retained: { first: frames === 0 ? 0 : first, last: frames, headersOnly: 0, notKept: 0 },
    wasBlind: false,
    events: [],
    ownAddresses: ['192.0.2.1', '2001:db8::1', 'fe80::5054:ff:fe12:3456'],
    timeline: { stepSeconds: 1, counts },
  };
}
