import { spawnSync } from 'node:child_process';
import process from 'node:process';
import test from 'ava';
import { packProgram } from '../../src/capture/bpf.js';
import { LinkType } from '../../src/capture/link-type.js';
import { loadNative, type Native } from '../../src/capture/native.js';
import { compile, compileForKernel, parseFilter } from '../../src/filter/compile.js';
import { dumpProgram } from '../../src/filter/dump.js';
import { FilterError } from '../../src/filter/filter-error.js';
import { toBatchFilter } from '../../src/filter/to-javascript.js';
import { ownCaptures } from '../corpus.js';
import { type Frame, runProgram } from './bpf-machine.js';
import { expressions, manual } from './expressions.js';
import { batchOf, framesByLinkType } from './frames.js';
import { asLibpcap, isLibpcapHere, libpcapProgram, rejectsAll } from './libpcap.js';

const distinct = [...new Set(expressions)];
const linkTypes = Object.values(LinkType);

/** libpcap takes these for a live device, where the kernel knows; a file knows them only in cooked frames. */
const onlyLive = /\b(inbound|outbound|ifindex)\b/;

const withLibpcap = isLibpcapHere ? test : test.skip;

withLibpcap(
  `${distinct.length} expressions select what libpcap selects, in programs that are no longer`,
  async (t) => {
    t.timeout(120_000);
    const found = await framesByLinkType();
    for (const linkType of linkTypes) {
      const frames: readonly Frame[] = found.get(linkType) ?? found.get(LinkType.raw)!;
      const batch = batchOf(frames, linkType);
      const selected = new Uint32Array(frames.length);
      for (const text of distinct) {
        const theirs = libpcapProgram(text, linkType)!;
        const where = `${text} on link type ${linkType}`;
        if (typeof theirs === 'string' && theirs !== rejectsAll) {
          t.throws(() => compile(text, linkType), { instanceOf: FilterError }, `${where}: ${theirs}`);
          continue;
        }
        if (onlyLive.test(text) && linkType !== LinkType.linuxSll && linkType !== LinkType.linuxSll2)
          continue;
        if (text === 'ifindex 1' && linkType === LinkType.linuxSll) continue;
        const ours = compile(text, linkType, asLibpcap);
        if (typeof theirs !== 'string')
          t.true(ours.length <= theirs.length, `${where}: ${ours.length} > ${theirs.length}`);
        const expected = frames.flatMap((frame, i) =>
          typeof theirs !== 'string' && runProgram(theirs, frame) > 0 ? [i] : [],
        );
        t.deepEqual(
          frames.flatMap((frame, i) => (runProgram(ours, frame) > 0 ? [i] : [])),
          expected,
          where,
        );
        t.deepEqual(
          [...selected.subarray(0, toBatchFilter(ours)(batch, selected))],
          expected,
          `${where}, JavaScript`,
        );
      }
    }
  },
);

const hasTcpdump = spawnSync('tcpdump', ['--version']).status === 0;

(hasTcpdump ? test : test.skip)('tcpdump -r selects as many frames of each file', async (t) => {
  t.timeout(60_000);
  const { openCapture } = await import('../../src/capture/open-capture.js');
  for (const path of ownCaptures().filter(
    (name) => /lo|any|external|leak-e.*pcap$/.test(name) && !name.endsWith('.gz'),
  )) {
    for (const text of [
      'tcp port 18888 or udp',
      'not ip6 and len < 100',
      'ip broadcast or icmp[icmptype] = icmp-echo',
    ]) {
      const { status, stdout } = spawnSync('tcpdump', ['-n', '-r', path, text], {
        encoding: 'utf8',
        env: { ...process.env, TZ: 'UTC' },
      });
      if (status !== 0) continue;
      let count = 0;
      const source = await openCapture(path, 'fast');
      for await (const batch of source) {
        count += toBatchFilter(compile(text, batch.linkType))(batch, new Uint32Array(batch.count));
        batch.release();
      }
      await source.close();
      // tcpdump begins each frame with its time; what follows is indented.
      t.is(count, stdout.split('\n').filter((line) => /^\d\d:/.test(line)).length, `${text} ${path}`);
    }
  }
});

const native = loadNative();
const mayCapture = process.getuid?.() === 0 && !('reason' in native);

(mayCapture ? test : test.skip)('the kernel accepts every program', (t) => {
  const { openSockets, attachFilter, closeSocket } = native as Native;
  const sockets = openSockets(null, 1, 0);
  try {
    for (const linkType of [LinkType.ethernet, LinkType.raw, LinkType.linuxSll2]) {
      for (const text of distinct) {
        let program: ReturnType<typeof compile>;
        try {
          program = compile(text, linkType);
        } catch (error) {
          t.true(error instanceof FilterError);
          continue;
        }
        t.notThrows(() => attachFilter(sockets[sockets.length - 1], packProgram(program)), text);
      }
    }
  } finally {
    for (const fd of sockets) closeSocket(fd);
  }
});

test('a program too long for 8-bit jumps still selects the right frames', (t) => {
  const ports = Array.from({ length: 400 }, (_, i) => 1000 + i * 3);
  const program = compile(`tcp dst port (${ports.join(' or ')}) or arp`, LinkType.ethernet);
  t.true(program.length > 400);
  t.true(program.every(({ jt, jf }) => jt <= 255 && jf <= 255));
  const segment = (port: number): Frame => {
    const bytes = new Uint8Array(54);
    const view = new DataView(bytes.buffer);
    view.setUint16(12, 0x800);
    view.setUint8(14, 0x45);
    view.setUint8(23, 6);
    view.setUint16(36, port);
    return { bytes, origLen: 54 };
  };
  for (const port of [999, 1000, 1001, 1600, 2197, 2198]) {
    t.is(runProgram(program, segment(port)) > 0, ports.includes(port), `port ${port}`);
    t.is(toBatchFilter(program)(batchOf([segment(port)]), new Uint32Array(1)), Number(ports.includes(port)));
  }
});

test('the manual page is covered', (t) => {
  t.true(manual.length >= 80);
  t.true(distinct.length >= 300);
});

test('a program is shown as tcpdump -d shows it', (t) => {
  t.is(
    dumpProgram(compile('tcp[tcpflags] & tcp-syn != 0', LinkType.ethernet)),
    [
      '(000) ldh      [12]',
      '(001) jeq      #0x800           jt 2\tjf 10',
      '(002) ldb      [23]',
      '(003) jeq      #0x6             jt 4\tjf 10',
      '(004) ldh      [20]',
      '(005) jset     #0x1fff          jt 10\tjf 6',
      '(006) ldxb     4*([14]&0xf)',
      '(007) ldb      [x + 27]',
      '(008) jset     #0x2             jt 9\tjf 10',
      '(009) ret      #262144',
      '(010) ret      #0',
    ].join('\n'),
  );
});

test('the tests of a long list are pulled up to their values', (t) => {
  const text = `host ${Array.from({ length: 200 }, (_, i) => `10.0.0.${i}`).join(' or ')}`;
  const program = compile(text, LinkType.ethernet);
  // libpcap's has 960 instructions; without tests of one value next to each other it would be 2,282.
  t.true(program.length < 970);
});

test('what is too long for the kernel is left to be decided behind it', (t) => {
  const text = `port ${Array.from({ length: 1000 }, (_, i) => 2 * i).join(' or ')}`;
  const { program, isExact, isEverything } = compileForKernel(parseFilter(text), LinkType.ethernet);
  t.deepEqual([program.length, isExact, isEverything], [1, false, true]);
});
