/**
 * Expressions over every capture, ours and those of others: exactly the frames that `tcpdump -r` selects. Without
 * LOSCOPE_CORPUS_ALL=1 over a sample of the expressions, and of the captures where they are read one by one.
 *
 * Nothing that both select from is different. What only one of them reads: link types that are not decoded here, where a
 * filter is refused; and captures that tcpdump refuses (`refusedThere`).
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import test from 'ava';
import { CaptureError } from '../../src/capture/capture-error.js';
import { type FrameBatch, mostOrigLen } from '../../src/capture/frame-batch.js';
import { LinkType, type LinkType as LinkTypeNumber, linkTypeName } from '../../src/capture/link-type.js';
import { openCapture } from '../../src/capture/open-capture.js';
import { compile } from '../../src/filter/compile.js';
import { FilterError } from '../../src/filter/filter-error.js';
import { FrameFilter } from '../../src/filter/frame-filter.js';
import { toBatchFilter } from '../../src/filter/to-javascript.js';
import { noWords } from '../../src/filter/vocabulary.js';
import { corpusRows, ownCaptures } from '../corpus.js';
import type { Frame } from './bpf-machine.js';
import { expressions } from './expressions.js';
import { batchOf } from './frames.js';
import { rejectsAll } from './libpcap.js';
import { addFrames, writeNumbered } from './merged-capture.js';
import { isTcpdumpHere, tcpdumpSelects } from './tcpdump.js';

const isWhole = process.env.LOSCOPE_CORPUS_ALL === '1';
/** @returns one of so many, or all of them */
const sampleOf = <T>(all: readonly T[], oneOf: number): T[] =>
  all.filter((_, i) => isWhole || i % oneOf === 0);

const distinct = [...new Set(expressions)];
const asked = sampleOf(distinct, 12);
const captures = [...ownCaptures(), ...corpusRows().map((row) => row.path)];
const single = sampleOf(captures, 16);

/** libpcap has no filters over NFLOG. */
const linkTypes: readonly LinkTypeNumber[] = Object.values(LinkType).filter(
  (each) => each !== LinkType.nflog,
);
const notDecoded = /^frames of link type \S+ (are not decoded here|have no program)/;

/** tcpdump knows OpenBSD's number of raw IP only there; it is asked about the same frames under Linux's. */
const askedAs = new Map<LinkTypeNumber, LinkTypeNumber>([[LinkType.rawDltOpenbsd, LinkType.rawDlt]]);

const withTcpdump = isTcpdumpHere ? test : test.skip;
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-filters-'));
const output = path.join(scratch, 'selected.pcap');
test.after.always(() => fs.rmSync(scratch, { recursive: true, force: true }));

/** @returns the numbers of the frames that tcpdump selects of a numbered capture, or what it says against the text */
function numbersThere(capture: string, text: string): number[] | string {
  const { frames, complaint } = tcpdumpSelects(capture, text, output);
  if (complaint === '') return frames.map(({ microseconds }) => microseconds);
  return complaint.endsWith(rejectsAll) ? [] : complaint;
}

/** The same of this program. */
function numbersHere(batch: FrameBatch, text: string, into: Uint32Array): number[] | string {
  try {
    return [...into.subarray(0, toBatchFilter(compile(text, batch.linkType))(batch, into))];
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    return error.message;
  }
}

/** What is different, in words; '' for nothing. */
function difference(here: number[] | string, there: number[] | string): string {
  if (typeof here === 'string') return typeof there === 'string' ? '' : `refused here only: ${here}`;
  if (typeof there === 'string') return `refused there only: ${there}`;
  const [ours, theirs] = [new Set(here), new Set(there)];
  const more = here.filter((i) => !theirs.has(i));
  const fewer = there.filter((i) => !ours.has(i));
  if (more.length + fewer.length === 0) return '';
  return `here only ${more.slice(0, 5)} (${more.length}), there only ${fewer.slice(0, 5)} (${fewer.length})`;
}

withTcpdump(
  `${asked.length} expressions select the frames of all captures that tcpdump selects`,
  async (t) => {
    t.timeout(1_800_000);
    const found = new Map<LinkTypeNumber, Frame[]>();
    for (const capture of captures) await addFrames(capture, found);
    const differences: string[] = [];
    const refused = new Set<string>();
    const undecoded: string[] = [];
    for (const [linkType, frames] of found) {
      if (!linkTypes.includes(linkType)) {
        t.throws(() => compile('ip', linkType), { message: notDecoded });
        undecoded.push(linkTypeName(linkType));
        continue;
      }
      const capture = path.join(scratch, `${linkType}.pcap`);
      writeNumbered(capture, askedAs.get(linkType) ?? linkType, frames);
      const batch = batchOf(frames, linkType);
      const selected = new Uint32Array(frames.length);
      for (const text of asked) {
        const there = numbersThere(capture, text);
        if (typeof there === 'string') refused.add(text);
        const different = difference(numbersHere(batch, text, selected), there);
        if (different !== '') differences.push(`${text} on ${linkTypeName(linkType)}: ${different}`);
      }
      fs.rmSync(capture);
      t.log(`${frames.length} frames of ${linkTypeName(linkType)} (${linkType})`);
    }
    t.log(`${captures.length} captures; refused by both on some link type: ${[...refused].join(', ')}`);
    t.log(`not compared, since they are not decoded here or have no program: ${undecoded.join(', ')}`);
    t.deepEqual(differences, []);
  },
);

/** Captures that tcpdump does not read, or not to their end, where we do. */
const refusedThere = [
  /unknown file format/, // compressed
  /unsupported pcap savefile version/, // 2.x above 2.4
  /unknown data link type/, // of other systems
  /an interface has a (type|snapshot length) \d+ different from/, // several interfaces in one file
  /NFLOG link-layer type filtering not implemented/,
  /bigger than snaplen/, // a lie that we let pass: the frame is there
];

const anywhere = { interfaceNames: [], interfaceIndex: 0 };

/** The frames that the program selects of a file, or why the filter is refused. */
async function framesHere(file: string, text: string): Promise<Frame[] | string> {
  const frames: Frame[] = [];
  const filter = new FrameFilter(text, noWords);
  try {
    const source = await openCapture(file, 'fast');
    try {
      for await (const batch of source) {
        filter.apply(batch, anywhere);
        const { bytes, offset, capLen, origLen } = batch;
        for (let i = 0; i < batch.count; i++) {
          frames.push({ bytes: bytes.slice(offset[i], offset[i] + capLen[i]), origLen: origLen[i] });
        }
        batch.release();
      }
    } finally {
      await source.close();
    }
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    if (error.code === 'not-a-capture') return error.message;
  }
  return filter.isOfNoUse ? filter.mistakes[0].message : frames;
}

/** tcpdump keeps no more of a frame than the file's snaplen; lengths above mostOrigLen are cut here. */
const isSameFrame = (here: Frame, there: Frame, snapLen: number): boolean =>
  here.origLen === Math.min(there.origLen, mostOrigLen) &&
  Buffer.compare(here.bytes.subarray(0, snapLen), there.bytes) === 0;

const everyday = [
  'ip or ip6',
  'not tcp and len < 200',
  'host 127.0.0.1 or udp port 53 or ether[0] & 1 != 0',
  'ip[8] < 65 or ip6[7] < 65',
];

withTcpdump(`${single.length} captures, read one by one, give the frames that tcpdump gives`, async (t) => {
  t.timeout(1_800_000);
  const differences: string[] = [];
  const onlyHere = new Set<string>();
  for (const capture of single) {
    for (const text of everyday) {
      const here = await framesHere(capture, text);
      if (typeof here === 'string') continue; // Link types that are not decoded, files that are none.
      const { frames, snapLen, complaint } = tcpdumpSelects(capture, text, output);
      const isCut = refusedThere.some((reason) => reason.test(complaint));
      if (isCut) onlyHere.add(capture);
      const isSame =
        (isCut ? frames.length <= here.length : frames.length === here.length) &&
        frames.every((frame, i) => isSameFrame(here[i], frame, snapLen));
      if (isSame) continue;
      differences.push(`${capture} ${text}: ${here.length} here, ${frames.length} there ${complaint}`);
    }
  }
  t.log(`${onlyHere.size} captures that tcpdump refuses, at once or on the way`);
  t.deepEqual(differences, []);
});
