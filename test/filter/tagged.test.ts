import test from 'ava';
import { LinkType } from '../../src/capture/link-type.js';
import { compile } from '../../src/filter/compile.js';
import { withTaggedFrames } from '../../src/filter/tagged.js';
import { type Frame, runProgram } from './bpf-machine.js';
import { expressions } from './expressions.js';
import { framesByLinkType } from './frames.js';

const keepLen = 262_144;
const untagged = { 48: 0 };

/** The frame with a tag behind its addresses, as it is captured. */
function tagged({ bytes, origLen }: Frame, protocol: number, control: number): Frame {
  const tag = Uint8Array.of(protocol >> 8, protocol & 255, control >> 8, control & 255);
  const whole = new Uint8Array(bytes.length + 4);
  whole.set(bytes.subarray(0, 12));
  whole.set(tag, 12);
  whole.set(bytes.subarray(12), 16);
  return { bytes: whole, origLen: origLen + 4 };
}

test('the kernel’s program selects tagged frames as the program of captured frames does', async (t) => {
  const frames = (await framesByLinkType()).get(LinkType.ethernet)!.filter(({ bytes }) => bytes.length >= 14);
  const texts = [
    ...expressions,
    'vlan',
    'vlan 5',
    'vlan 6',
    'vlan and tcp',
    'vlan 5 and udp port 5000',
    'ether[14:2] = 5',
  ];
  let exact = 0;
  for (const text of new Set(texts)) {
    let program: ReturnType<typeof compile>;
    try {
      program = compile(text, LinkType.ethernet);
    } catch {
      continue;
    }
    const kernel = withTaggedFrames(program, LinkType.ethernet, keepLen);
    exact += Number(kernel.isExact);
    for (const frame of frames) {
      t.is(runProgram(kernel.program, frame, untagged), runProgram(program, frame), text);
      for (const [protocol, control] of [
        [0x8100, 5],
        [0x88a8, 0xe006],
      ]) {
        const expected = runProgram(program, tagged(frame, protocol, control)) > 0;
        const ancillary = { 44: control, 48: 1, 60: protocol };
        const found = runProgram(kernel.program, frame, ancillary) > 0;
        if (found !== expected) t.false(kernel.isExact || expected, `${text}, tag ${protocol}`);
      }
    }
  }
  t.log(`${exact} of ${new Set(texts).size} programs decide of tagged frames themselves`);
  t.true(exact > 200);
});

test('programs of other link types, and those that look at no frame, stay as they are', (t) => {
  const raw = compile('tcp', LinkType.raw);
  t.deepEqual(withTaggedFrames(raw, LinkType.raw, keepLen), { program: raw, isExact: true });
  const all = compile('', LinkType.ethernet);
  t.deepEqual(withTaggedFrames(all, LinkType.ethernet, keepLen), { program: all, isExact: true });
});
