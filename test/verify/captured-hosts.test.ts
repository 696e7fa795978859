import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { openCapture } from '../../src/capture/open-capture.js';
import { PcapngWriter, type RecordedInterface } from '../../src/capture/pcapng-writer.js';
import { CapturesCheck } from '../../src/verify/captures-check.js';
import { judge, type Verdict } from '../../src/verify/verdict.js';
import { SectionBuilder } from '../capture/builders.js';
import { batchOf, udpPacket } from '../classify/frames.js';
import * as build from '../decode/frame-builder.js';
import { frame } from './wrapped-frames.js';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-hosts-'));
test.after.always(() => fs.rmSync(folder, { recursive: true, force: true }));

async function verdictOf(paths: readonly string[], host: readonly string[] = []): Promise<Verdict> {
  const sources = await Promise.all(paths.map((each) => openCapture(each, 'fast')));
  const check = new CapturesCheck(sources, { hostAddresses: host, roles: new Map() }, null);
  await check.run();
  return judge(check.observations());
}

interface Host {
  readonly interfaces: readonly [name: string, ...addresses: string[]][];
  readonly frames: readonly Uint8Array[];
}

/** What the host records on its first interface; the others are described. */
function record(name: string, { interfaces, frames }: Host): string {
  const file = path.join(folder, name);
  const all = interfaces.map(
    ([each, ...addresses], i): RecordedInterface => ({
      name: each,
      linkType: 1,
      snapLen: 0,
      addresses,
      isOnlyDescribed: i > 0,
    }),
  );
  const writer = new PcapngWriter(file, 'a test', all);
  writer.write(
    0,
    batchOf(
      frames.map((bytes) => ({ bytes })),
      1,
    ),
  );
  writer.close(all.map(() => null));
  return file;
}

/** One behind the other, as cat does. */
function joined(name: string, ...files: readonly string[]): string {
  const file = path.join(folder, name);
  fs.writeFileSync(file, Buffer.concat(files.map((each) => fs.readFileSync(each))));
  return file;
}

/** Each host sees the traffic between them, and `a` one datagram between its own two addresses. */
const between = [
  frame(udpPacket('10.77.0.1', '10.77.0.2')),
  frame(udpPacket('10.77.0.2', '10.77.0.1')),
  frame(udpPacket('fd00:77::2', 'fd00:77::1')),
];
const turned = frame(udpPacket('10.77.0.1', '192.0.2.7'));
const a: Host = {
  interfaces: [
    ['eth0', '10.77.0.1/30', 'fd00:77::1/64'],
    ['lo', '127.0.0.1/8', '192.0.2.7/32'],
  ],
  frames: between,
};
const b: Host = {
  interfaces: [
    ['ens3', '10.77.0.2/30', 'fd00:77::2/64'],
    ['lo', '127.0.0.1/8'],
  ],
  frames: between,
};
const turning: Host = { ...a, frames: [...between, turned] };

function errors({ findings }: Verdict): [id: string, name: string, frames: number[]][] {
  return findings
    .filter(({ severity }) => severity === 'error')
    .map(({ id, interface: name, evidence }) => [id, name, evidence.map((each) => each.frame)]);
}

test('the traffic between two hosts is no hairpin, in files beside each other or in one', async (t) => {
  const files = [record('a.pcapng', a), record('b.pcapng', b)];
  for (const paths of [
    files,
    [joined('ab.pcapng', ...files)],
    [joined('ba.pcapng', ...files.toReversed())],
  ]) {
    const judged = await verdictOf(paths);
    t.is(judged.verdict, 'clean');
    t.deepEqual(
      judged.findings.map(({ id }) => id),
      [],
    );
  }
});

test('a hairpin is found in the section of its host, by its number in the file', async (t) => {
  const [first, second] = [record('b2.pcapng', b), record('turning.pcapng', turning)];
  t.deepEqual(errors(await verdictOf([joined('b-turning.pcapng', first, second)])), [
    ['hairpin', 'eth0', [7]],
  ]);
  t.deepEqual(errors(await verdictOf([joined('turning-b.pcapng', second, first)])), [
    ['hairpin', 'eth0', [4]],
  ]);
});

test('a section without addresses knows no host, whatever others recorded', async (t) => {
  const nothing = record('nothing.pcapng', { interfaces: [['eth9']], frames: [turned] });
  const judged = await verdictOf([joined('half.pcapng', record('a2.pcapng', a), nothing)]);
  t.is(judged.verdict, 'clean');
  t.deepEqual(
    judged.findings.map(({ id }) => id),
    ['hairpin-unchecked'],
  );
});

/** Merged by a program that keeps addresses: one section, the interfaces of one file after those of the other. */
function merged(name: string, hosts: readonly Host[]): string {
  const file = path.join(folder, name);
  const section = new SectionBuilder();
  for (const [each, ...addresses] of hosts.flatMap(({ interfaces }) => interfaces)) {
    section.interface(1, [[2, Buffer.from(each)], ...addresses.map(addressOption)]);
  }
  let id = 0;
  for (const { interfaces, frames } of hosts) {
    for (const bytes of frames) section.enhanced(bytes, { id });
    id += interfaces.length;
  }
  fs.writeFileSync(file, section.done());
  return file;
}

function addressOption(text: string): [number, Uint8Array] {
  const [address, prefixLen] = text.split('/');
  const bytes = build.addressBytes(address);
  return bytes.length === 4
    ? [4, build.concat([bytes, new Uint8Array(4).fill(255)])]
    : [5, build.concat([bytes, Uint8Array.of(Number(prefixLen))])];
}

test('of captures that were merged into one section, each interface goes by its own addresses, and that is said', async (t) => {
  const twice: Host = {
    interfaces: [
      ['eth0', '10.77.0.1/30', '10.77.0.9/30'],
      ['lo', '127.0.0.1/8'],
    ],
    frames: [...between, frame(udpPacket('10.77.0.1', '10.77.0.9'))],
  };
  const file = merged('merged.pcapng', [twice, b]);
  const judged = await verdictOf([file]);
  t.deepEqual(errors(judged), [['hairpin', 'eth0', [4]]]);
  t.true(judged.findings.some(({ id }) => id === 'hairpin-in-part'));
  const given = await verdictOf([file], ['10.77.0.1/30']);
  t.deepEqual(
    given.findings.map(({ id }) => id),
    [],
  );
});

test('one host in one section goes by the addresses of all its interfaces', async (t) => {
  const judged = await verdictOf([merged('alone.pcapng', [turning])]);
  t.deepEqual(errors(judged), [['hairpin', 'eth0', [4]]]);
  t.deepEqual(judged.findings.length, 1);
});

test('any number of sections with hosts of their own is read in bounded time and said', async (t) => {
  const one = fs.readFileSync(record('turning2.pcapng', turning));
  const file = path.join(folder, 'many.pcapng');
  fs.writeFileSync(file, Buffer.concat(new Array<Buffer>(5000).fill(one)));
  const judged = await verdictOf([file]);
  t.is(judged.verdict, 'leak');
  t.true(judged.findings.some(({ id }) => id === 'hairpin-unchecked'));
});
