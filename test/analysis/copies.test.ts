import test from 'ava';
import { Analyzer, type AnalyzerOptions } from '../../src/analysis/analyzer.js';
import { LinkType } from '../../src/capture/link-type.js';
import { copyPrefix } from '../../src/capture/nflog-frame.js';
import { InterfaceRole } from '../../src/capture/source.js';
import { localityName } from '../../src/classify/locality.js';
import { FrameFilter } from '../../src/filter/frame-filter.js';
import { noWords } from '../../src/filter/vocabulary.js';
import { hostOfAddresses } from '../../src/host/host-model.js';
import { ethernet, icmpv6, ipv4, ipv6, nflog, udp } from '../decode/frame-builder.js';
import { plainOptions } from './analyze.js';
import { analyzerOf, FakeLiveSource, openBytes, pcapngOf } from './sources.js';

const own = '192.0.2.7';
const addresses = [`${own}/24`, 'fd00::7/64'];

interface CastFields {
  readonly destination?: string;
  readonly id?: number;
  readonly port?: number;
  readonly len?: number;
}

function cast({ destination = '192.0.2.255', id = 1, port = 9, len = 4 }: CastFields = {}): Uint8Array {
  const payload = udp({ source: own, destination, destinationPort: port, payload: new Uint8Array(len) });
  return ipv4({ source: own, destination, id, payload });
}

function ipv6Cast(destination: string, len = 4): Uint8Array {
  const ends = { source: 'fd00::7', destination };
  return ipv6({ ...ends, payload: udp({ ...ends, payload: new Uint8Array(len) }) });
}

const wire = (packet: Uint8Array, etherType = 0x0800): Uint8Array =>
  ethernet({ destination: 'ff:ff:ff:ff:ff:ff', source: '02:00:00:00:00:07', etherType, payload: packet });
const copy = (packet: Uint8Array, family = 2): Uint8Array =>
  nflog({ family, prefix: copyPrefix, hardwareHeader: packet.subarray(0, 14), payload: packet });

/** The wire's frames, numbered first, and the copies' behind them, as a file that was written with -w. */
async function analyzed(
  originals: readonly Uint8Array[],
  copies: readonly Uint8Array[],
  options: Partial<AnalyzerOptions> = {},
): Promise<Analyzer> {
  const bytes = pcapngOf([
    { name: 'eth0', addresses, frames: originals },
    { name: 'copies', linkType: LinkType.nflog, frames: copies },
  ]);
  return analyzerOf([await openBytes('copies.pcapng', bytes)], options);
}

/** By copy: the number of its original, 0 where none is named. */
async function originalsOf(
  originals: readonly Uint8Array[],
  copies: readonly Uint8Array[],
): Promise<number[]> {
  const analyzer = await analyzed(originals, copies);
  const { rows } = await analyzer.rows(originals.length, copies.length, {});
  return rows.map(({ why }) => Number(/; the original is frame (\d+)$/.exec(why)?.[1] ?? 0));
}

test('each copy names the original with its addresses, ports, identification and length', async (t) => {
  const casts = [
    cast(),
    cast({ id: 2 }),
    cast({ port: 10 }),
    cast({ len: 5 }),
    cast({ destination: '224.0.0.251' }),
    cast({ destination: '255.255.255.255' }),
  ];
  const shuffled = [3, 0, 5, 2, 4, 1];
  const found = await originalsOf(
    casts.map((packet) => wire(packet)),
    shuffled.map((i) => copy(casts[i])),
  );
  t.deepEqual(
    found,
    shuffled.map((i) => i + 1),
  );
});

test('of originals that are the same each has one copy, in their order', async (t) => {
  const same = cast({ id: 0 });
  t.deepEqual(await originalsOf([wire(same), wire(same)], [copy(same), copy(same), copy(same)]), [1, 2, 0]);
  const other = ipv6Cast('ff02::1');
  const frames = [wire(other, 0x86dd), wire(ipv6Cast('ff02::1', 9), 0x86dd)];
  t.deepEqual(await originalsOf(frames, [copy(other, 10)]), [1]);
});

test('a copy is whole where its original left in fragments, and names the first', async (t) => {
  const whole = cast({ len: 2000 });
  const fragment = (from: number, to: number): Uint8Array =>
    ipv4({
      source: own,
      destination: '192.0.2.255',
      id: 1,
      fragmentOffset: from,
      moreFragments: to < 2008,
      payload: whole.subarray(20 + from, 20 + to),
    });
  t.deepEqual(await originalsOf([wire(fragment(1480, 2008)), wire(fragment(0, 1480))], [copy(whole)]), [2]);
});

test('originals that wait for their copy have a most, and the oldest go first', async (t) => {
  const casts = Array.from({ length: 5000 }, (_, i) => cast({ id: i }));
  const found = await originalsOf(
    casts.map((packet) => wire(packet)),
    [casts[0], casts[903], casts[904], casts[4999]].map((packet) => copy(packet)),
  );
  t.deepEqual(found, [0, 0, 905, 5000]);
});

test('with a filter an original has the number that it has among all frames', async (t) => {
  const lines: string[] = [];
  const filter = new FrameFilter('udp port 10', noWords);
  const bytes = pcapngOf([
    { name: 'eth0', addresses, frames: [wire(cast()), wire(cast({ port: 10 }))] },
    { name: 'copies', linkType: LinkType.nflog, frames: [copy(cast()), copy(cast({ port: 10 }))] },
  ]);
  const analyzer = new Analyzer([await openBytes('copies.pcapng', bytes)], { ...plainOptions, filter });
  await analyzer.run([
    {
      wantsColumns: true,
      onBatch: (source, batch) => {
        for (let i = 0; i < batch.count; i++) {
          lines.push(analyzer.currentRow(source, i, filter.numbers[i]).why);
        }
      },
      onEnd: () => {},
    },
  ]);
  t.is(lines.length, 2);
  t.true(lines[1].endsWith('; the original is frame 2'));
});

test('clearing forgets originals and counts', async (t) => {
  const analyzer = await analyzed([wire(cast())], [copy(cast())]);
  t.is(analyzer.pipeline.copies.originalOf(2), 1);
  await analyzer.clear();
  t.is(analyzer.pipeline.copies.originalOf(2), 0);
});

test('without an observed copy the copies of broadcasts are inferred from a file, once a datagram', async (t) => {
  const frames = [
    wire(cast()),
    wire(cast({ destination: '255.255.255.255' })),
    wire(cast({ destination: '224.0.0.251' })),
    wire(ipv4({ source: own, destination: '192.0.2.255', fragmentOffset: 8, payload: new Uint8Array(8) })),
    wire(ipv4({ source: '192.0.2.8', destination: '192.0.2.255', payload: udp() })),
  ];
  const inferred = (await analyzed(frames, [])).snapshotNow();
  t.deepEqual(inferred.inferredCopies, { broadcast: 2, multicast: 0 });
  t.is(inferred.frames, frames.length, 'they are no frames');
  t.deepEqual((await analyzed(frames, [copy(cast())])).snapshotNow().inferredCopies, {
    broadcast: 0,
    multicast: 0,
  });
});

test('live, a multicast has a copy where somebody has joined its group at that interface', async (t) => {
  const groups = [
    { interface: 'eth0', address: '224.0.0.251' },
    { interface: 'eth1', address: '239.0.0.1' },
    { interface: 'eth0', address: 'ff02::1' },
  ];
  const neighbourAdvertisement = icmpv6({ type: 136, source: 'fd00::7', destination: 'ff02::1' });
  const frames = [
    wire(cast()),
    wire(cast({ destination: '224.0.0.251' })),
    wire(cast({ destination: '239.0.0.1' })),
    wire(ipv6Cast('ff02::1'), 0x86dd),
    wire(ipv6Cast('ff02::2'), 0x86dd),
    wire(
      ipv6({ source: 'fd00::7', destination: 'ff02::1', nextHeader: 58, payload: neighbourAdvertisement }),
      0x86dd,
    ),
  ].map((bytes) => ({ bytes }));
  const fields = { linkType: LinkType.ethernet, role: InterfaceRole.wire };
  const liveHost = () => ({ ...hostOfAddresses('live', addresses), groups });
  const analyzer = await analyzerOf([new FakeLiveSource('eth0', [frames], fields)], { liveHost });
  const { inferredCopies, localities } = analyzer.snapshotNow();
  t.deepEqual(inferredCopies, { broadcast: 1, multicast: 2 });
  t.is(localities[localityName.indexOf('cast-original')].frames, frames.length);
});
