import test from 'ava';
import fc from 'fast-check';
import { LinkType } from '../../src/capture/link-type.js';
import { parseFilter, selectionOf } from '../../src/filter/compile.js';
import { Mark } from '../../src/filter/vocabulary.js';
import { check } from '../capture/property.js';
import { type Frame, runProgram } from './bpf-machine.js';
import { batchOf, framesByLinkType } from './frames.js';
import { isLibpcapHere, libpcapProgram } from './libpcap.js';

const texts = [
  'ip6 protochain 6',
  'ip6 protochain 58',
  'ip protochain 17',
  'protochain 1',
  'not protochain 6',
  'ip6 protochain 44 and len < 200',
  'protochain 0 or arp',
  'ip protochain \\tcp',
];
const authentication = 51;

function selectedBy(text: string, frames: readonly Frame[], linkType: LinkType): number[] {
  const selection = selectionOf(parseFilter(text), linkType);
  if ('filter' in selection) throw new Error(`${text} is one program`);
  const marks = new Uint8Array(frames.length);
  const verdicts = null;
  const origin = { interfaceNames: [], interfaceIndex: 0, firstNumber: 1, verdicts };
  selection.marker({ frames: batchOf(frames, linkType), ...origin }, marks);
  return frames.flatMap((_, i) => (marks[i] === Mark.yes ? [i] : []));
}

/** Any chain of extension headers over Ethernet and IPv6, cut anywhere; none that is an authentication header. */
const anyChain = fc
  .tuple(
    fc.constantFrom(0, 6, 17, 43, 44, 58, 59, 60),
    fc.array(fc.tuple(fc.constantFrom(0, 6, 17, 43, 44, 58, 59, 60, 99), fc.nat({ max: 3 })), {
      maxLength: 6,
    }),
    fc.nat({ max: 120 }),
  )
  .map(([first, chain, cut]): Frame => {
    const headers = chain.flatMap(([next, len]) => [next, len, ...Array(6 + 8 * len).fill(0)]);
    const ip6 = [0x60, 0, 0, 0, 0, headers.length, first, 64, ...Array(32).fill(1)];
    const bytes = Uint8Array.from([...Array(12).fill(2), 0x86, 0xdd, ...ip6, ...headers]);
    return { bytes: bytes.slice(0, 14 + cut), origLen: bytes.length };
  });

const withLibpcap = isLibpcapHere ? test : test.skip;

withLibpcap(
  'protochain selects what libpcap’s loop selects, of every link type and of any chain',
  async (t) => {
    const found = await framesByLinkType();
    for (const linkType of [LinkType.ethernet, LinkType.raw, LinkType.linuxSll, LinkType.linuxSll2]) {
      const frames = found.get(linkType)!;
      for (const text of texts) {
        const program = libpcapProgram(text, linkType);
        if (program === null || typeof program === 'string') {
          t.fail(`${text}: ${program}`);
          continue;
        }
        const expected = frames.flatMap((frame, i) => (runProgram(program, frame) > 0 ? [i] : []));
        t.deepEqual(selectedBy(text, frames, linkType), expected, `${text} on ${linkType}`);
      }
    }
    await check(
      t,
      fc.property(
        fc.array(anyChain, { minLength: 1, maxLength: 8 }),
        fc.constantFrom(...texts),
        (frames, text) => {
          const program = libpcapProgram(text, LinkType.ethernet);
          if (program === null || typeof program === 'string') return false;
          const expected = frames.flatMap((frame, i) => (runProgram(program, frame) > 0 ? [i] : []));
          return `${selectedBy(text, frames, LinkType.ethernet)}` === `${expected}`;
        },
      ),
    );
    t.pass();
  },
);

test('an authentication header is walked over, from where it is', (t) => {
  const header = [6, 4, ...Array(22).fill(0)];
  const ip4 = [0x45, 0, 0, 64, 0, 0, 0, 0, 64, authentication, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
  const bytes = Uint8Array.from([...Array(12).fill(2), 8, 0, ...ip4, ...header, ...Array(20).fill(0)]);
  const frame = { bytes, origLen: bytes.length };
  t.deepEqual(selectedBy('ip protochain 6', [frame], LinkType.ethernet), [0]);
  t.deepEqual(selectedBy('protochain 51', [frame], LinkType.ethernet), [0]);
  t.deepEqual(selectedBy('ip protochain 17', [frame], LinkType.ethernet), []);
});

test('a chain that leads out of the frame refuses it, also under not', (t) => {
  const ip6 = [0x60, 0, 0, 0, 0, 8, 0, 64, ...Array(32).fill(1)];
  const bytes = Uint8Array.from([...Array(12).fill(2), 0x86, 0xdd, ...ip6, 60, 200]);
  const frame = { bytes, origLen: 2000 };
  t.deepEqual(selectedBy('protochain 6', [frame], LinkType.ethernet), []);
  t.deepEqual(selectedBy('not protochain 6', [frame], LinkType.ethernet), []);
});
