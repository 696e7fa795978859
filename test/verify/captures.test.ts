import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { LinkType, linkTypeName } from '../../src/capture/link-type.js';
import { openCapture } from '../../src/capture/open-capture.js';
import { InterfaceRole } from '../../src/capture/source.js';
import { CapturesCheck } from '../../src/verify/captures-check.js';
import { Except } from '../../src/verify/except.js';
import { judge, type Verdict } from '../../src/verify/verdict.js';
import { pcapFile } from '../capture/builders.js';
import { udpPacket } from '../classify/frames.js';
import { capture } from '../cli/run.js';
import * as build from '../decode/frame-builder.js';
import { onSll, onSll2 } from './cooked-frames.js';
import { frame, leakyFrames } from './wrapped-frames.js';
import { over, quoting } from './wrappers.js';

interface CheckOptions {
  readonly host?: readonly string[];
  readonly roles?: ReadonlyMap<string, InterfaceRole>;
  readonly except?: string;
}

async function verdictOf(paths: readonly string[], options: CheckOptions = {}): Promise<Verdict> {
  const sources = await Promise.all(paths.map((each) => openCapture(each, 'fast')));
  const { host = [], roles = new Map<string, InterfaceRole>(), except = '' } = options;
  const check = new CapturesCheck(
    sources,
    { hostAddresses: host, roles },
    except === '' ? null : new Except(except),
  );
  await check.run();
  return judge(check.observations());
}

/** `id interface count` of what is no note. */
function found({ findings }: Verdict): string[] {
  return findings
    .filter(({ severity }) => severity !== 'note')
    .map(({ id, interface: name, count }) => `${id} ${name} ${count}`.replace('  ', ' '));
}

const own = ['10.77.0.1/30', 'fd00:77::1/64'];

const expected: [file: string, verdict: Verdict['verdict'], findings: string[], options?: CheckOptions][] = [
  ['leak-egress-route-localnet.pcap', 'leak', ['leak 2', 'leak 2']],
  ['leak-egress-route-localnet.pcap', 'leak', ['leak 2', 'leak 2'], { host: own }],
  ['leak-egress-lost-local-route.pcapng', 'leak', ['leak-egress eth0 2'], { host: own }],
  ['leak-ingress-cve-2020-8558.pcap', 'leak', ['leak 2', 'leak-ingress 1'], { host: own }],
  ['leak-ingress-ipv6.pcap', 'leak', ['leak-ingress 2', 'leak 1'], { host: own }],
  ['hairpin-router-pings-itself.pcap', 'clean', []],
  ['hairpin-router-pings-itself.pcap', 'leak', ['hairpin 8'], { host: own }],
  ['external-arp-and-ping.pcap', 'clean', []],
  ['cast-original-with-local-receiver.pcap', 'clean', [], { host: own }],
  ['two-interfaces-lo-and-eth0.pcapng', 'leak', ['leak eth0 1']],
  ['any-sll2.pcap', 'leak', ['leak-egress 1']],
  ['any-sll.pcap', 'leak', ['leak-egress 1']],
  ['nflog-copies.pcap', 'blind', []],
  ['tcp-reset.pcap', 'blind', []],
  ['null-macos-lo0.pcap', 'blind', []],
  ['truncated-file.pcap', 'blind', []],
  ['tcp-reset.pcap', 'leak', ['leak 6'], { roles: new Map([['*', InterfaceRole.wire]]) }],
];
for (const [file, verdict, findings, options] of expected) {
  const how =
    options === undefined ? '' : ` with ${JSON.stringify({ ...options, roles: [...(options.roles ?? [])] })}`;
  test(`${file}${how} is ${verdict}`, async (t) => {
    const judged = await verdictOf([capture(file)], options);
    t.is(judged.verdict, verdict);
    t.deepEqual(found(judged), findings);
  });
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-verify-'));
test.after.always(() => fs.rmSync(folder, { recursive: true, force: true }));

/** Writes frames as a classic pcap. */
function write(
  name: string,
  frames: readonly Uint8Array[],
  origLens: readonly number[] = [],
  linkType = 1,
): string {
  const file = path.join(folder, name);
  const records = frames.map((bytes, i) => ({ data: bytes, origLen: origLens[i] ?? bytes.length }));
  fs.writeFileSync(file, pcapFile({ linkType }, records));
  return file;
}

const innocent = frame(udpPacket('10.77.0.1', '10.77.0.2'));

test('every kind of frame that leaks is found by its number, in the file it is in', async (t) => {
  const frames = leakyFrames.flatMap(({ bytes }) => [innocent, bytes]);
  const first = write('first.pcap', [innocent]);
  const second = write('second.pcap', frames);
  const judged = await verdictOf([first, second]);
  t.is(judged.verdict, 'leak');
  const errors = judged.findings.filter(({ severity }) => severity === 'error');
  t.is(
    errors.reduce((sum, { count }) => sum + count, 0),
    leakyFrames.length,
  );
  const evidence = errors.flatMap((finding) => finding.evidence);
  t.true(evidence.every(({ file, frame: number }) => file === second && number % 2 === 0));
  t.is(evidence[0].frame, 2);
});

test('a frame that was cut before the check was done makes the capture blind, and says how many', async (t) => {
  const long = frame(
    build.ipv4({ source: '10.0.0.1', destination: '10.0.0.2', protocol: 6, payload: build.tcp() }),
  );
  const cut = write('cut.pcap', [long.slice(0, 30), long.slice(0, 54), long.slice(0, 20)], [90, 90, 90]);
  const judged = await verdictOf([cut]);
  t.is(judged.verdict, 'blind');
  t.regex(judged.watched[0].blindBecause!, /^2 frames were cut before the check was done/);
});

test('frames of loopback and of a wire in one interface leave open where a leak was, in either order', async (t) => {
  const onLo = build.ethernet({ payload: udpPacket('127.0.0.1', '127.0.0.1') });
  const wire = new Map([['*', InterfaceRole.wire]]);
  for (const frames of [
    [onLo, innocent],
    [innocent, onLo],
  ]) {
    const mixed = write('mixed.pcap', frames);
    const judged = await verdictOf([mixed]);
    t.is(judged.verdict, 'blind');
    t.regex(judged.watched[0].blindBecause!, /^1 frames with loopback's MAC addresses/);
    t.is((await verdictOf([mixed], { roles: wire })).verdict, 'leak');
  }
  const quiet = build.ethernet({ payload: udpPacket('10.77.0.1', '10.77.0.2') });
  t.is((await verdictOf([write('quiet.pcap', [quiet, innocent])])).verdict, 'clean');
  t.regex((await verdictOf([write('lo.pcap', [onLo])])).blindBecause!, /of loopback alone/);
});

test('a capture cut to the headers that matter is seen in whole', async (t) => {
  const long = frame(
    build.ipv4({ source: '10.0.0.1', destination: '10.0.0.2', protocol: 6, payload: build.tcp() }),
  );
  const judged = await verdictOf([write('headers.pcap', [long.slice(0, 54)], [1500])]);
  t.is(judged.verdict, 'clean');
});

const wireFacts = { arphrd: 1, packetType: 4 } as const;
/** By link type: an Ethernet frame as it would be captured there. */
const onLinks: [LinkType, (bytes: Uint8Array, etherType: number) => Uint8Array][] = [
  [LinkType.ethernet, (bytes) => bytes],
  [
    LinkType.linuxSll,
    (bytes, protocol) => build.concat([build.sll({ ...wireFacts, protocol }), bytes.slice(14)]),
  ],
  [
    LinkType.linuxSll2,
    (bytes, protocol) => build.concat([build.sll2({ ...wireFacts, protocol }), bytes.slice(14)]),
  ],
  [LinkType.raw, (bytes) => bytes.slice(14)],
];
for (const [linkType, onLink] of onLinks) {
  test(`frames that leak, cut anywhere, are found or said to be unchecked on ${linkTypeName(linkType)}`, async (t) => {
    for (const { name, bytes } of leakyFrames) {
      const etherType = (bytes[12] << 8) | bytes[13];
      const isIp = etherType === 0x0800 || etherType === 0x86dd;
      if (linkType !== LinkType.ethernet && !isIp) continue;
      const whole = onLink(bytes, etherType);
      const cuts = Array.from({ length: whole.length }, (_, capLen) => whole.slice(0, capLen));
      const lens = cuts.map(() => whole.length);
      const file = write(`cut-${linkType}.pcap`, cuts, lens, linkType);
      const judged = await verdictOf([file], { roles: new Map([['*', InterfaceRole.wire]]) });
      const leaks = judged.findings.reduce(
        (sum, { id, count }) => sum + (id.startsWith('leak') ? count : 0),
        0,
      );
      const unchecked = Number(
        /^([\d,]+) frames were cut/.exec(judged.watched[0].blindBecause ?? '')?.[1] ?? 0,
      );
      t.is(leaks + unchecked, whole.length, name);
      t.true(unchecked > 0, name);
    }
  });
}

test('a frame of another protocol that was cut is clear', async (t) => {
  const llc = build.concat([build.sll({ ...wireFacts, protocol: 4 }), Uint8Array.of(0x42, 0x42, 3)]);
  const spanningTree = build.ethernet({ etherType: 39, payload: new Uint8Array(39).fill(0x42) });
  const cooked = write('llc.pcap', [llc], [64], LinkType.linuxSll);
  const onWire = write('stp.pcap', [spanningTree.slice(0, 40)], [60]);
  t.is((await verdictOf([cooked, onWire])).verdict, 'clean');
});

const garbage = new Uint8Array(46).fill(0x0b);

test('a frame that announces IP or ARP and is none makes the capture blind, and the first are named', async (t) => {
  const frames = [
    innocent,
    frame(garbage, 0x0800),
    frame(build.vlan({ etherType: 0x86dd, payload: garbage }), 0x8100),
    frame(build.arp().slice(0, 20), 0x0806),
    frame(udpPacket('10.77.0.1', '10.77.0.2').slice(0, 12)),
  ];
  const judged = await verdictOf([write('garbage.pcap', frames)]);
  t.is(judged.verdict, 'blind');
  t.is(judged.watched[0].blindBecause, '4 frames announce IP or ARP and cannot be decoded');
  const note = judged.findings.find(({ id }) => id === 'malformed')!;
  t.is(note.severity, 'note');
  t.deepEqual(
    note.evidence.map(({ frame: number }) => number),
    [2, 3, 4, 5],
  );
  const excepted = await verdictOf([write('garbage.pcap', frames)], { except: 'ip or ip6 or arp or vlan' });
  t.is(excepted.verdict, 'clean');
  t.is(excepted.watched[0].excepted, 4);
});

test('so does one of an IP version that there is not, where the link type announces IP', async (t) => {
  const packet = udpPacket('10.77.0.1', '10.77.0.2');
  const judged = await verdictOf([write('raw.pcap', [packet, garbage], [], LinkType.raw)]);
  t.regex(judged.watched[0].blindBecause!, /^1 frames announce IP or ARP and cannot be decoded/);
  const families = [2, 28].map((family) => build.nullLink({ family, payload: garbage }));
  const inFamily = await verdictOf([write('null.pcap', families, [], LinkType.null)], {
    roles: new Map([['*', InterfaceRole.wire]]),
  });
  t.regex(inFamily.watched[0].blindBecause!, /^2 frames announce IP or ARP and cannot be decoded/);
});

test('frames that announce neither are ordinary, on a wire and in cooked captures', async (t) => {
  const others = [0x88cc, 0x88b5, 46].map((etherType) => frame(garbage, etherType));
  const files = [
    write('others.pcap', [innocent, ...others]),
    write('others-sll.pcap', [innocent, ...others].map(onSll), [], LinkType.linuxSll),
    write('others-sll2.pcap', [innocent, ...others].map(onSll2), [], LinkType.linuxSll2),
  ];
  t.is((await verdictOf(files)).verdict, 'clean');
});

for (const [linkType, onLink] of [
  [LinkType.linuxSll, onSll],
  [LinkType.linuxSll2, onSll2],
] as const) {
  test(`behind SNAP and several tags, leaks are found in captures of ${linkTypeName(linkType)}`, async (t) => {
    const frames = leakyFrames.map(({ bytes }) => onLink(bytes));
    const snap = frame(build.snap({ payload: udpPacket('127.0.0.1', '10.9.0.77') }), 100);
    const judged = await verdictOf([write('cooked.pcap', [...frames, onLink(snap)], [], linkType)]);
    const errors = judged.findings.filter(({ severity }) => severity === 'error');
    t.is(
      errors.reduce((sum, { count }) => sum + count, 0),
      frames.length + 1,
    );
    t.true(
      errors.every(({ evidence }) => evidence.every(({ text }) => text.endsWith('from 02:00:00:00:00:01'))),
    );
  });
}

const logged = (payload: Uint8Array, fields: build.NflogFields = {}): Uint8Array =>
  build.nflog({ family: payload[0] >> 4 === 6 ? 10 : 2, payload, ...fields });
const leaking = udpPacket('127.0.0.1', '10.9.0.77');

test('a logged packet leaks where its rule saw it on a wire, with the direction of the hook', async (t) => {
  const frames = [
    logged(innocent.slice(14)),
    logged(leaking, { hook: 0, inputInterface: 2 }),
    logged(leaking, { hook: 4, inputInterface: 0, outputInterface: 2 }),
    logged(udpPacket('127.0.0.1', '127.0.0.1'), { hook: 3, inputInterface: 0, outputInterface: 1 }),
    logged(udpPacket('::1', '::1'), { hook: 0, inputInterface: 1 }),
    logged(quoting(3, leaking), { hook: 0, inputInterface: 2 }),
    logged(build.arp({ target: '127.0.0.1' }), { family: 3, protocol: 0x0806, hook: 0, inputInterface: 2 }),
  ];
  const file = write('logged.pcap', frames, [], LinkType.nflog);
  const judged = await verdictOf([file]);
  t.is(judged.watched[0].blindBecause, null);
  const numbers = judged.findings
    .filter(({ severity }) => severity === 'error')
    .map(({ id, evidence }) => [id, ...evidence.map(({ frame: number }) => number)].join(' '));
  t.deepEqual(numbers.sort(), ['leak-egress 3', 'leak-ingress 2', 'leak-ingress 6', 'leak-ingress 7']);
  t.false(judged.findings.some(({ advice = '' }) => advice.includes('MAC')));
  const excepted = await verdictOf([file], { except: 'host 127.0.0.1 or icmp or not ip' });
  t.is(excepted.verdict, 'clean');
  t.is(excepted.watched[0].excepted, 4);
});

test('a logged packet that turned back is a hairpin', async (t) => {
  const frames = [
    logged(udpPacket('10.77.0.1', '10.77.0.1'), { hook: 4, inputInterface: 0, outputInterface: 2 }),
  ];
  const file = write('logged-hairpin.pcap', frames, [], LinkType.nflog);
  t.deepEqual(found(await verdictOf([file], { host: own })), ['hairpin 1']);
});

test('of what was logged, copies and loopback alone are no wire, and what its rule or the capture cut is said', async (t) => {
  const copy = udpPacket('10.77.0.1', '10.77.0.3');
  const looped = [
    logged(copy, { prefix: 'loscope copy', hardwareHeader: copy.slice(0, 14) }),
    logged(udpPacket('127.0.0.1', '127.0.0.1'), { inputInterface: 1 }),
  ];
  const alone = await verdictOf([write('looped.pcap', looped, [], LinkType.nflog)]);
  t.is(alone.verdict, 'blind');
  t.regex(alone.blindBecause!, /^the captures are of loopback alone/);
  const inTunnel = logged(over(4, leaking));
  const cut = [logged(over(4, leaking).slice(0, 30)), inTunnel.slice(0, -30), inTunnel.slice(0, 10)];
  const judged = await verdictOf([
    write('logged-cut.pcap', cut, [cut[0].length, inTunnel.length, inTunnel.length], LinkType.nflog),
  ]);
  t.is(judged.verdict, 'blind');
  t.regex(judged.watched[0].blindBecause!, /^3 frames were cut before the check was done/);
  const broken = logged(leaking);
  broken[4] = 1;
  const malformed = await verdictOf([write('logged-broken.pcap', [broken], [], LinkType.nflog)]);
  t.regex(malformed.watched[0].blindBecause!, /^1 frames announce IP or ARP and cannot be decoded/);
});

test('a link type that is not decoded makes the capture blind', async (t) => {
  const judged = await verdictOf([write('usb.pcap', [innocent], [], 189)]);
  t.is(judged.verdict, 'blind');
  t.regex(judged.watched[0].blindBecause!, /link type, LINKTYPE_189, is not decoded/);
});

test('damage behind a leak leaves the leak, and says what is missing', async (t) => {
  const file = write('damaged.pcap', [leakyFrames[0].bytes, innocent]);
  fs.truncateSync(file, fs.statSync(file).size - 5);
  const judged = await verdictOf([file]);
  t.is(judged.verdict, 'leak');
  t.truthy(judged.watched[0].blindBecause);
});

test('an empty capture is blind, and among others it is noted', async (t) => {
  const empty = write('empty.pcap', []);
  const alone = await verdictOf([empty]);
  t.is(alone.verdict, 'blind');
  t.regex(alone.blindBecause!, /no frame of a wire: nothing is proven \(capture while/);
  const among = await verdictOf([empty, write('one.pcap', [innocent])]);
  t.is(among.verdict, 'clean');
  t.true(among.findings.some(({ id }) => id === 'nothing-sent'));
});

test('a capture of loopback alone is blind, also one that is empty', async (t) => {
  const roles = new Map([['*', InterfaceRole.loopback]]);
  for (const frames of [[], [innocent]]) {
    const judged = await verdictOf([write('lo.pcap', frames)], { roles });
    t.is(judged.verdict, 'blind');
    t.regex(judged.blindBecause!, /^the captures are of loopback alone/);
  }
});

test('what is excepted is left out and counted', async (t) => {
  const file = write('excepted.pcap', [leakyFrames[0].bytes, innocent, leakyFrames[4].bytes]);
  const judged = await verdictOf([file], { except: 'udp dst port 3503' });
  t.deepEqual(found(judged), ['leak 1']);
  t.is(judged.watched[0].excepted, 1);
  const all = await verdictOf([file], { except: 'udp' });
  t.is(all.verdict, 'clean');
  t.is(all.watched[0].excepted, 2);
});
