/**
 * What the host is and what an interface is for, by what the user said, the capture recorded, and the live system.
 */
import test from 'ava';
import type { AnalyzerOptions } from '../../src/analysis/analyzer.js';
import { LinkType } from '../../src/capture/link-type.js';
import { InterfaceRole, roleName, type Source } from '../../src/capture/source.js';
import { evidenceName, localityName } from '../../src/classify/locality.js';
import { hostOfAddresses } from '../../src/host/host-model.js';
import { ethernetOf, udpPacket } from '../classify/frames.js';
import { analyzerOf, FakeLiveSource, openBytes, pcapngOf, pcapOf } from './sources.js';

/** `self-addressed recorded` of each packet, in order. */
async function verdicts(
  sources: readonly Source[],
  options: Partial<AnalyzerOptions> = {},
): Promise<string[]> {
  const analyzer = await analyzerOf(sources, options);
  const { rows } = await analyzer.rows(0, 100, {});
  return rows.map(({ locality, evidence }) => `${localityName[locality]} ${evidenceName[evidence]}`);
}

function onLo(source: string, destination: string): Uint8Array {
  return ethernetOf(udpPacket(source, destination), true);
}

function onWire(source: string, destination: string): Uint8Array {
  return ethernetOf(udpPacket(source, destination), false);
}

const toOwn = onLo('127.0.0.1', '192.0.2.7');
const toStray = onLo('127.0.0.1', '192.0.2.9');
const toBroadcast = onLo('192.0.2.7', '192.0.2.255');
const toOwnIpv6 = onLo('::1', 'fd00::7');
const asked = [toOwn, toStray, toBroadcast, toOwnIpv6];

test('addresses that a pcapng records of its interfaces are the host', async (t) => {
  const bytes = pcapngOf([
    { name: 'lo', frames: asked },
    {
      name: 'eth0',
      addresses: ['192.0.2.7/24', 'fd00::7/64'],
      frames: [onWire('192.0.2.7', '192.0.2.7'), onWire('192.0.2.7', '192.0.2.255')],
    },
  ]);
  t.deepEqual(await verdicts([await openBytes('two.pcapng', bytes)]), [
    'self-addressed recorded',
    'stray recorded',
    'broadcast-copy recorded',
    'self-addressed recorded',
    'hairpin recorded',
    'cast-original recorded',
  ]);
});

test('recorded addresses of lo alone do not make a host: nothing is stray by them', async (t) => {
  const bytes = pcapngOf([{ name: 'lo', addresses: ['127.0.0.1/8', '::1/128'], frames: asked }]);
  t.deepEqual(
    await verdicts([await openBytes('lo.pcapng', bytes)]),
    Array(4).fill('self-addressed inferred'),
  );
});

test('--host goes before what the capture recorded', async (t) => {
  const bytes = pcapngOf([{ name: 'lo', addresses: ['192.0.2.7/24'], frames: asked }]);
  t.deepEqual(await verdicts([await openBytes('lo.pcapng', bytes)], { hostAddresses: ['192.0.2.9/32'] }), [
    'stray given',
    'self-addressed given',
    'stray given',
    'stray given',
  ]);
});

test('a file is never judged by the machine that reads it', async (t) => {
  const liveHost = hostOfAddresses('live', ['192.0.2.9/32']);
  const bytes = pcapOf(asked, LinkType.ethernet);
  const analyzer = await analyzerOf([await openBytes('lo.pcap', bytes)], { liveHost: () => liveHost });
  t.deepEqual(analyzer.snapshotNow().ownAddresses, []);
  t.deepEqual(
    await verdicts([await openBytes('lo.pcap', bytes)], { liveHost: () => liveHost }),
    Array(4).fill('self-addressed inferred'),
  );
});

test('a live source is judged by the live host, unless --host says otherwise', async (t) => {
  const liveHost = hostOfAddresses('live', ['192.0.2.7/24']);
  const live = () => {
    const fields = { linkType: LinkType.ethernet, role: InterfaceRole.loopback };
    return new FakeLiveSource('lo', [asked.map((bytes) => ({ bytes }))], fields);
  };
  t.deepEqual(await verdicts([live()], { liveHost: () => liveHost }), [
    'self-addressed live',
    'stray live',
    'broadcast-copy live',
    'stray live',
  ]);
  t.is(
    (await verdicts([live()], { liveHost: () => liveHost, hostAddresses: ['192.0.2.9'] }))[1],
    'self-addressed given',
  );
});

test('an interface described later adds its addresses from then on', async (t) => {
  const lo = pcapngOf([{ name: 'lo', frames: [toOwn, toStray] }]);
  const eth0 = pcapngOf([
    { name: 'eth0', addresses: ['192.0.2.7/24'], frames: [onWire('192.0.2.7', '192.0.2.7')] },
  ]);
  const again = pcapngOf([{ name: 'lo', frames: [toOwn, toStray] }]);
  const bytes = new Uint8Array(Buffer.concat([lo, eth0, again]));
  t.deepEqual((await verdicts([await openBytes('sections.pcapng', bytes)])).slice(-3), [
    'hairpin recorded',
    'self-addressed recorded',
    'stray recorded',
  ]);
});

test('what traffic taught of a host stays while interfaces without addresses are described', async (t) => {
  const lo = pcapngOf([{ name: 'lo', frames: [toOwn] }]);
  const eth0 = pcapngOf([{ name: 'eth0', frames: [onWire('192.0.2.7', '192.0.2.7')] }]);
  const bytes = new Uint8Array(Buffer.concat([lo, eth0]));
  t.deepEqual(await verdicts([await openBytes('sections.pcapng', bytes)]), [
    'self-addressed inferred',
    'hairpin inferred',
  ]);
});

test('sources of different hosts do not mix', async (t) => {
  const of = (address: string) =>
    pcapngOf([{ name: 'lo', addresses: [`${address}/24`], frames: [toOwn, toStray] }]);
  const sources = [
    await openBytes('a.pcapng', of('192.0.2.7')),
    await openBytes('b.pcapng', of('192.0.2.9')),
  ];
  const analyzer = await analyzerOf(sources);
  t.deepEqual(analyzer.snapshotNow().ownAddresses, ['192.0.2.7', '192.0.2.9']);
  const found = await verdicts([
    await openBytes('a.pcapng', of('192.0.2.7')),
    await openBytes('b.pcapng', of('192.0.2.9')),
  ]);
  t.deepEqual(found, [
    'self-addressed recorded',
    'stray recorded',
    'stray recorded',
    'self-addressed recorded',
  ]);
});

test('what the traffic of one file taught says nothing of another', async (t) => {
  const taught = pcapOf([toOwn], LinkType.ethernet);
  const wire = pcapngOf([{ name: 'eth0', frames: [onWire('192.0.2.7', '192.0.2.7')] }]);
  // The files are merged by time: the pcap's frame is at 1 s, the pcapng's at 0 s.
  const found = await verdicts([await openBytes('lo.pcap', taught), await openBytes('eth0.pcapng', wire)]);
  t.deepEqual(found.sort(), ['external none', 'self-addressed inferred']);
});

const { loopback, wire, unknown } = InterfaceRole;
const realMacs = pcapOf([onWire('127.0.0.1', '127.0.0.1')], LinkType.ethernet);
const named = pcapngOf([{ name: 'br0', frames: [onWire('127.0.0.1', '127.0.0.1')] }]);

const hasRole = test.macro({
  exec: async (
    t,
    name: string,
    bytes: Uint8Array,
    roles: readonly (readonly [string, InterfaceRole])[],
    role: InterfaceRole,
  ) => {
    const analyzer = await analyzerOf([await openBytes(name, bytes)], { roles: new Map(roles) });
    t.is(analyzer.snapshotNow().sources[0].interfaces[0].role, role);
    const { rows } = await analyzer.rows(0, 1, {});
    const expected = role === loopback ? 'loopback none' : role === wire ? 'leak none' : 'loopback inferred';
    t.is(`${localityName[rows[0].locality]} ${evidenceName[rows[0].evidence]}`, expected);
  },
  title: (provided, _name, _bytes, _roles, role: InterfaceRole) => `${provided}: role ${roleName[role]}`,
});

test('a capture that names no interface', hasRole, 'dir/x.pcap', realMacs, [], unknown);
test('--interface-role by the file’s name', hasRole, 'dir/x.pcap', realMacs, [['x.pcap', wire]], wire);
test(
  '--interface-role by the file’s path',
  hasRole,
  'dir/x.pcap',
  realMacs,
  [['dir/x.pcap', loopback]],
  loopback,
);
test('--interface-role for every interface', hasRole, 'dir/x.pcap', realMacs, [['*', wire]], wire);
test(
  '--interface-role by name before that for every interface',
  hasRole,
  'dir/x.pcap',
  realMacs,
  [
    ['*', wire],
    ['x.pcap', loopback],
  ],
  loopback,
);
test('--interface-role for another file', hasRole, 'dir/x.pcap', realMacs, [['y.pcap', wire]], unknown);
test('a named interface that is not loopback by its name', hasRole, 'n.pcapng', named, [], wire);
test('--interface-role by the interface’s name', hasRole, 'n.pcapng', named, [['br0', loopback]], loopback);
test(
  'a file’s name does not speak for a named interface',
  hasRole,
  'n.pcapng',
  named,
  [['n.pcapng', loopback]],
  wire,
);
test(
  '--interface-role for every interface goes before its name',
  hasRole,
  'n.pcapng',
  named,
  [['*', loopback]],
  loopback,
);

test('a capture without a name whose every frame says loopback is one of loopback', async (t) => {
  const all = await analyzerOf([await openBytes('x.pcap', pcapOf([toOwn, toStray], LinkType.ethernet))]);
  t.is(all.snapshotNow().sources[0].interfaces[0].role, loopback);
  const mixed = pcapOf([toOwn, onWire('192.0.2.7', '192.0.2.9')], LinkType.ethernet);
  const some = await analyzerOf([await openBytes('x.pcap', mixed)]);
  t.is(some.snapshotNow().sources[0].interfaces[0].role, unknown);
});
