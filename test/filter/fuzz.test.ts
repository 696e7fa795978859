import process from 'node:process';
import test from 'ava';
import fc from 'fast-check';
import { LinkType } from '../../src/capture/link-type.js';
import { compile } from '../../src/filter/compile.js';
import { FilterError } from '../../src/filter/filter-error.js';
import { toBatchFilter } from '../../src/filter/to-javascript.js';
import { type Frame, runProgram } from './bpf-machine.js';
import { batchOf, framesByLinkType } from './frames.js';
import { anyFilter } from './grammar.js';
import { asLibpcap, isLibpcapHere, libpcapProgram, rejectsAll, unoptimisedProgram } from './libpcap.js';

/** LOSCOPE_FUZZ_RUNS=20000 for a long run, FC_SEED to repeat one. */
const numRuns = Number(process.env.LOSCOPE_FUZZ_RUNS ?? 300);
const seed = Number(process.env.FC_SEED ?? Date.now() % 1_000_000);
const mostFrames = 200;

const linkTypes: readonly LinkType[] = Object.values(LinkType);

const isCut = (i: number): boolean => i % 3 === 0;

/** A mixture of all that there is of a link type, every third cut somewhere. */
function mixture(frames: readonly Frame[]): Frame[] {
  const step = Math.max(1, Math.floor(frames.length / mostFrames));
  return frames
    .filter((_, i) => i % step === 0)
    .slice(0, mostFrames)
    .map(({ bytes, origLen }, i) => ({ bytes: isCut(i) ? bytes.slice(0, (i * 7) % 64) : bytes, origLen }));
}

/** A frame with other bytes behind it, more than any of these programs reads. */
function completions({ bytes, origLen }: Frame): Frame[] {
  const most = 4096;
  return [() => 0, () => 0xff, (i: number) => i * 7 + 3, (i: number) => Math.imul(i, 0x9e3779b1) >>> 24].map(
    (byteAt) => ({
      bytes: Uint8Array.from({ length: most }, (_, i) => (i < bytes.length ? bytes[i] : byteAt(i))),
      origLen,
    }),
  );
}

const skips = isLibpcapHere ? test : test.skip;

skips(`random filters select what libpcap selects (${numRuns} runs, seed ${seed})`, async (t) => {
  t.timeout(3_600_000);
  const found = await framesByLinkType();
  const frames = new Map(
    linkTypes.map((linkType) => [linkType, mixture(found.get(linkType) ?? found.get(LinkType.raw)!)]),
  );
  let compared = 0;
  let longer = 0;
  let refused = 0;
  let changedWhole = 0;
  let changedCut = 0;
  let foreseenWhole = 0;
  let foreseenCut = 0;
  const property = fc.property(
    anyFilter,
    fc.constantFrom<LinkType>(1, 1, 1, 1, ...linkTypes),
    (text, linkType) => {
      const theirs = libpcapProgram(text, linkType);
      if (theirs === null) throw new Error('libpcap is gone');
      const isRefused = typeof theirs === 'string' && theirs !== rejectsAll;
      let ours: ReturnType<typeof compile>;
      try {
        ours = compile(text, linkType, asLibpcap);
      } catch (error) {
        if (!(error instanceof FilterError)) throw error;
        if (!isRefused) throw new Error(`refused here: ${error.message}`);
        refused++;
        return;
      }
      // Refused there for reasons of its own: a proof that nothing can pass comes before an error in what follows.
      if (isRefused) throw new Error(`refused there: ${theirs}`);
      compared++;
      if (typeof theirs !== 'string' && ours.length > theirs.length) longer++;
      const some = frames.get(linkType)!;
      const selected = new Uint32Array(some.length);
      const count = toBatchFilter(ours)(batchOf(some, linkType), selected);
      const here = new Set(selected.subarray(0, count));
      const wrong: number[] = [];
      for (const [i, frame] of some.entries()) {
        const isOurs = runProgram(ours, frame) > 0;
        if (here.has(i) !== isOurs)
          throw new Error(`frame ${i}: JavaScript ${here.has(i)}, the machine ${isOurs}`);
        if (isOurs !== (typeof theirs !== 'string' && runProgram(theirs, frame) > 0)) wrong.push(i);
      }
      if (wrong.length === 0) return;
      // Where libpcap's optimiser changed the meaning: its own program before that decides.
      const before = unoptimisedProgram(text, linkType);
      const stillWrong = wrong.filter(
        (i) => before === null || runProgram(before, some[i]) > 0 !== runProgram(ours, some[i]) > 0,
      );
      // A frame that ends before a byte that is read is dropped. Both optimisers leave out reads that decide nothing, now
      // and then not the same ones: then a frame passes here for what is there of it, and must pass libpcap too,
      // whatever stood behind its end.
      for (const i of stillWrong) {
        const isForeseen =
          before !== null && completions(some[i]).every((frame) => runProgram(before, frame) > 0);
        if (!isForeseen) throw new Error(`frame ${i} differs from libpcap, optimised or not`);
      }
      if (stillWrong.some((i) => !isCut(i))) foreseenWhole++;
      else if (stillWrong.length > 0) foreseenCut++;
      else if (wrong.some((i) => !isCut(i))) changedWhole++;
      else changedCut++;
    },
  );
  // Shrinking a filter of many words takes minutes: a long run only says which one it was.
  const details = fc.check(property, { numRuns, seed, endOnFailure: numRuns > 1000 });
  t.log(
    `libpcap's optimiser changed the meaning for whole frames ${changedWhole} times, for cut ones ${changedCut}`,
  );
  t.log(
    `a read that decides nothing is left out here and not there: ${foreseenWhole} times with whole frames, ${foreseenCut} with cut ones`,
  );
  t.true(foreseenWhole + foreseenCut <= Math.max(3, compared / 1000));
  t.log(`${compared} compared, ${refused} refused by both, ${longer} longer than libpcap's`);
  t.false(
    details.failed,
    `${JSON.stringify(details.counterexample)}: ${(details.errorInstance as Error)?.message}`,
  );
});

test('arbitrary text compiles or is refused with a position in it', (t) => {
  const words = fc.array(
    fc.constantFrom(
      ...'tcp port 80 or and not ( ) [ ] : / - & | = < ! host 1.2.3.4 ::1 net vlan ip src dst \\tcp len + * % ^ proto foo 0x10 1-2 mask ether'.split(
        ' ',
      ),
    ),
    { maxLength: 14 },
  );
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string(),
    words.map((some) => some.join(' ')),
    words.map((some) => some.join('')),
  );
  fc.assert(
    fc.property(texts, fc.constantFrom(...linkTypes), (text, linkType) => {
      try {
        compile(text, linkType);
      } catch (error) {
        if (!(error instanceof FilterError)) throw error;
        t.true(error.position >= 0 && error.position <= text.length);
      }
    }),
    { numRuns: Math.max(3000, numRuns), seed },
  );
  t.pass();
});
