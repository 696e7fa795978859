import path from 'node:path';
import test from 'ava';
import type { PacketRow } from '../../src/analysis/port.js';
import { Evidence, evidenceName, Locality, localityName } from '../../src/classify/locality.js';
import { formatEndpoint } from '../../src/format/address.js';
import { ansi, plain } from '../../src/format/color.js';
import { packetJson } from '../../src/report/packet-json.js';
import { packetText } from '../../src/report/packet-text.js';
import { ownCaptures } from '../corpus.js';
import { compareGolden } from '../golden.js';
import { labHost, ownAnalyzer, visible } from './summaries.js';

async function rowsOf(name: string, hostAddresses: readonly string[] = []): Promise<readonly PacketRow[]> {
  const analyzer = await ownAnalyzer([name], { hostAddresses });
  return (await analyzer.rows(0, 1000, {})).rows;
}

/** A row with nothing special. */
const plainRow: PacketRow = {
  number: 1,
  timeNs: 1_790_000_001_123_456_789n,
  interface: 'lo',
  capLen: 74,
  origLen: 74,
  protocol: 'tcp',
  src: '127.0.0.1',
  dst: '127.0.0.87',
  srcPort: 40669,
  dstPort: 18888,
  info: 'SYN seq 0 win 65495',
  locality: Locality.loopback,
  evidence: Evidence.none,
  why: '127.0.0.87 is in 127.0.0.0/8',
  flow: 1,
};

test('lines of packets of every locality, plain, with why, and in colour', async (t) => {
  const rows = [
    ...(await rowsOf('two-interfaces-lo-and-eth0.pcapng')).slice(0, 4),
    ...(await rowsOf('broadcast-copy-on-lo.pcap')),
    ...(await rowsOf('multicast-copy-on-lo.pcap')),
    ...(await rowsOf('self-addressed.pcap')).slice(0, 2),
    ...(await rowsOf('stray-on-lo.pcap', labHost)),
    ...(await rowsOf('leak-egress-lost-local-route.pcapng')).slice(0, 2),
    ...(await rowsOf('external-arp-and-ping.pcap')).slice(0, 4),
    ...(await rowsOf('undecoded-snaplen-24.pcap')).slice(0, 1),
  ];
  const lines = (paint: typeof plain, isVerbose: boolean): string =>
    rows.map((row) => packetText(row, paint, isVerbose)).join('\n');
  const text = [lines(plain, false), lines(plain, true), visible(lines(ansi, true))].join('\n\n');
  compareGolden(t, 'goldens/report/packets.txt', `${text}\n`);
});

test('colour adds nothing to a line but colour', (t) => {
  for (const [locality] of localityName.entries()) {
    const row = { ...plainRow, locality: locality as Locality };
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences
    const bare = packetText(row, ansi, true).replaceAll(/\u001b\[\d+m/g, '');
    t.is(bare, packetText(row, plain, true));
    t.not(bare, packetText(row, ansi, true));
  }
});

test('a tilde says that a time is approximate, a question mark that a verdict is inferred', (t) => {
  const row = { ...plainRow, isTimeApproximate: true, evidence: Evidence.inferred };
  t.regex(packetText(row, plain, false), /^ {5}1 ~\d\d:\d\d:\d\d\.\d{6} lo {3}loopback\? /);
  t.regex(packetText(plainRow, plain, false), /^ {5}1 {2}\d\d:\d\d:\d\d\.\d{6} lo {3}loopback {2}/);
});

test('an interface’s name from a capture cannot move the cursor of a terminal', (t) => {
  const text = packetText({ ...plainRow, interface: '\u001b[2J\u202e' }, plain, true);
  t.true(text.includes('\\x1b[2J\\u{202e}'));
});

test('a packet without addresses has no arrow, one without ports no colons', (t) => {
  const undecoded = { ...plainRow, src: '', dst: '', srcPort: 0, dstPort: 0, info: 'truncated' };
  t.regex(packetText(undecoded, plain, false), /tcp {4}truncated$/);
  const icmp = { ...plainRow, protocol: 'icmp', srcPort: 0, dstPort: 0, info: 'echo request' };
  t.regex(packetText(icmp, plain, false), /icmp {3}127\.0\.0\.1 → 127\.0\.0\.87 {2}echo request$/);
  t.is(formatEndpoint('::1', 80), '[::1]:80');
  t.is(formatEndpoint('::1', 0), '::1');
});

/** The members of loscope.packet/1, in order; `evidence` was added to those of the contract. */
const members = [
  'schema',
  'number',
  'time',
  'interface',
  'capLen',
  'origLen',
  'protocol',
  'src',
  'srcPort',
  'dst',
  'dstPort',
  'info',
  'locality',
  'evidence',
  'why',
  'flow',
];

test('a packet’s record is that of the contract', (t) => {
  t.is(
    packetJson(plainRow),
    '{"schema":"loscope.packet/1","number":1,"time":"2026-09-21T14:13:21.123456789Z","interface":"lo","capLen":74,' +
      '"origLen":74,"protocol":"tcp","src":"127.0.0.1","srcPort":40669,"dst":"127.0.0.87","dstPort":18888,' +
      '"info":"SYN seq 0 win 65495","locality":"loopback","evidence":"none","why":"127.0.0.87 is in 127.0.0.0/8","flow":1}',
  );
});

test('what a packet does not have is null', (t) => {
  const bare = { ...plainRow, src: '', dst: '', srcPort: 0, dstPort: 0, flow: 0 };
  t.like(JSON.parse(packetJson(bare)), { src: null, dst: null, srcPort: null, dstPort: null, flow: null });
});

test('port 0 beside another port is a port', (t) => {
  t.like(JSON.parse(packetJson({ ...plainRow, srcPort: 0 })), { srcPort: 0, dstPort: 18888 });
});

test('an approximate time says so', (t) => {
  const record = JSON.parse(packetJson({ ...plainRow, isTimeApproximate: true }));
  t.true(record.timeApproximate);
  t.false('timeApproximate' in JSON.parse(packetJson(plainRow)));
});

for (const file of ownCaptures()) {
  const name = path.basename(file);
  test(`every packet of ${name} is one line of loscope.packet/1`, async (t) => {
    for (const [i, row] of (await rowsOf(name)).entries()) {
      const line = packetJson(row);
      t.false(line.includes('\n'));
      const record = JSON.parse(line);
      t.deepEqual(Object.keys(record), members);
      t.is(record.number, i + 1);
      t.regex(record.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
      t.true(localityName.includes(record.locality) && evidenceName.includes(record.evidence));
      t.not(record.why, '');
      t.is(record.src === null, record.dst === null);
      t.is(record.flow === null, record.src === null || record.protocol === 'arp');
    }
  });
}
