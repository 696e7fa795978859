import test from 'ava';
import fc from 'fast-check';
import { vocabulary } from '../../src/analysis/filter-words.js';
import { filterMistake } from '../../src/analysis/view-filter.js';
import { LinkType } from '../../src/capture/link-type.js';
import { compile, compileForKernel, parseFilter, selectionOf } from '../../src/filter/compile.js';
import { FilterError } from '../../src/filter/filter-error.js';
import { renderFilter } from '../../src/filter/render-filter.js';
import { kernelPart } from '../../src/filter/split.js';
import { check } from '../capture/property.js';
import { runProgram } from './bpf-machine.js';
import { expressions } from './expressions.js';
import { batchOf, framesByLinkType } from './frames.js';
import { anyFilter } from './grammar.js';

const rendered = (text: string): string => renderFilter(parseFilter(text, vocabulary)!);

const meanings: readonly (readonly [string, string])[] = [
  ['locality leak', 'locality leak'],
  ['locality leak or hairpin', 'locality leak or locality hairpin'],
  ['locality (leak or hairpin) and udp', '(locality leak or locality hairpin) and udp'],
  ['not locality self-addressed', 'not locality self-addressed'],
  ['locality leak or tcp', 'locality leak or tcp'],
  ['locality not-ip', 'locality not-ip'],
  ['interface lo or eth0', 'interface lo or interface eth0'],
  ['interface "br-a:1" or port 80', 'interface "br-a:1" or port 80'],
  ['interface lo or locality leak', 'interface lo or locality leak'],
  ['frame 5 or 100-200', 'frame 5 or frame 100-200'],
  ['frame 010 or 0x10-0x20', 'frame 8 or frame 16-32'],
  ['tcp port 80 or flow 12', 'tcp port 80 or flow 12'],
  ['port time or 80', 'port \\time or port 80'],
  ['port time or time > "05:13"', 'port \\time or time > "05:13"'],
  ['state established and stop truncated', 'state established and stop truncated'],
  ["time >= '2026-11-22 05:13'", 'time >= "2026-11-22 05:13"'],
];

for (const [text, meaning] of meanings) {
  test(`read as it is meant: ${text}`, (t) => t.is(rendered(text), meaning));
}

const mistakes: readonly (readonly [string, number, RegExp])[] = [
  ['locality foo', 9, /one of loopback, broadcast-copy/],
  ['locality', 8, /ends too early/],
  ['locality leak tcp', 14, /`and`, `or` or the end/],
  ['frame 5-3', 6, /ends before it begins/],
  ['frame 4294967296-4294967297', 6, /more than 32 bits/],
  ['frame 010-09', 10, /octal/],
  ['frame x', 6, /a range, as in `frame 100-200`/],
  ['time 05:13', 5, /a comparison/],
  ['time > 05', 7, /quotation marks/],
  ['time > "25:00"', 7, /is no time/],
  ['time > "2026-02-30"', 7, /is no time/],
  ['interface tcp', 10, /a name, as in/],
  ['tcp and state foo', 14, /established/],
];

for (const [text, position, message] of mistakes) {
  test(`refused with its place: ${text}`, (t) => {
    const mistake = filterMistake(text)!;
    t.is(mistake.position, position);
    t.regex(mistake.message, message);
  });
}

test('BPF alone refuses them, and says which word', (t) => {
  const error = t.throws(
    () => compile('tcp', LinkType.ethernet) && compile('ip protochain 6', LinkType.ethernet),
    {
      instanceOf: FilterError,
    },
  );
  t.regex(error!.message, /protochain/);
  t.throws(() => compile('locality leak', LinkType.ethernet), { instanceOf: FilterError });
});

const splits: readonly (readonly [string, string])[] = [
  ['tcp and locality leak', 'tcp'],
  ['locality leak and tcp and port 80', 'tcp and port 80'],
  ['tcp or locality leak', ''],
  ['not (udp or locality leak)', 'not udp'],
  ['not (udp and locality leak)', ''],
  ['(locality leak and ip[100] = 1) or icmp', ''],
  ['not (interface lo or ip[100] = 1) and icmp', 'not ip[100] = 1 and icmp'],
  ['tcp and not not (locality leak and port 80)', 'tcp and port 80'],
  ['ip and (tcp or locality leak)', 'ip'],
  ['tcp and flow 3', ''],
  ['tcp and frame 1-10', ''],
  ['vlan 5 and locality leak and tcp', ''],
  ['udp and ip6 protochain 44', 'udp'],
  ['udp and direction out', 'udp'],
  ['tcp', 'tcp'],
];

for (const [text, part] of splits) {
  test(`the kernel’s part of: ${text}`, (t) => {
    const tree = kernelPart(parseFilter(text, vocabulary));
    t.is(tree === null ? '' : renderFilter(tree), part);
  });
}

test('the kernel’s part lets through whatever the whole selects', async (t) => {
  const frames = (await framesByLinkType())
    .get(LinkType.ethernet)!
    .filter((_, i) => i % 7 === 0)
    .map(({ bytes, origLen }, i) => ({ bytes: i % 3 === 0 ? bytes.slice(0, (i * 7) % 64) : bytes, origLen }));
  const batch = batchOf(frames, LinkType.ethernet);
  const column = (most: number) => Uint8Array.from(frames, (_, i) => (i * 7919) % most);
  const verdicts = {
    locality: column(11),
    evidence: column(5),
    stop: column(5),
    flowState: column(7),
    flowId: Uint32Array.from(frames, (_, i) => i % 20),
  };
  const origin = { interfaceNames: ['lo'], interfaceIndex: 1, firstNumber: 1, verdicts };
  const marks = new Uint8Array(frames.length);
  const ours = fc.constantFrom(
    'locality leak',
    'evidence live',
    'direction in',
    'interface lo',
    'interface eth0',
    'stop fragment',
    'protochain 6',
  );
  const term = fc.oneof(
    anyFilter,
    ours,
    ours.map((text) => `not ${text}`),
  );
  const anySplit = fc
    .array(fc.tuple(term, fc.constantFrom('and', 'or'), fc.boolean()), { minLength: 2, maxLength: 5 })
    .map((terms) =>
      terms.reduce(
        (text, [one, join, isNot]) =>
          text === '' ? `(${one})` : `${isNot ? 'not ' : ''}(${text}) ${join} (${one})`,
        '',
      ),
    );
  await check(
    t,
    fc.property(anySplit, (text) => {
      const tree = parseOrNull(text);
      if (tree === null) return true;
      const selection = selectionOf(tree, LinkType.ethernet);
      if ('filter' in selection) return true;
      selection.marker({ frames: batch, ...origin }, marks);
      const { program } = compileForKernel(tree, LinkType.ethernet);
      return frames.every(
        (frame, i) => marks[i] !== 1 || runProgram(program, frame, { 48: 0, 4: 0, 8: 1 }) > 0,
      );
    }),
  );
  t.pass();
});

function parseOrNull(text: string) {
  try {
    const tree = parseFilter(text, vocabulary);
    selectionOf(tree, LinkType.ethernet);
    return tree;
  } catch (error) {
    if (error instanceof FilterError) return null;
    throw error;
  }
}

test('a list of thousands is selected by, and one that is too deep is refused', (t) => {
  const list = (count: number) =>
    `host ${Array.from({ length: count }, (_, i) => `10.0.${i >> 8}.${i & 255}`).join(' or ')}`;
  const frame = new Uint8Array(34);
  new DataView(frame.buffer).setUint16(12, 0x800);
  frame.set([0x45], 14);
  const selected = new Uint32Array(2);
  for (const [last, expected] of [
    [199, 1],
    [250, 0],
  ]) {
    frame.set([10, 0, 7, last], 30);
    const selection = selectionOf(parseFilter(list(2000)), LinkType.ethernet);
    t.true('filter' in selection);
    if ('filter' in selection)
      t.is(selection.filter(batchOf([{ bytes: frame, origLen: 34 }], LinkType.ethernet), selected), expected);
  }
  const deep = filterMistake(`${Array(15_000).fill('1').join('+')} = len`);
  t.regex(deep!.message, /too long|too deep|nested/);
});

test('no program for the kernel is longer than it takes', (t) => {
  for (const count of [100, 2168, 2169, 2170, 2171, 2172, 2175]) {
    const text = `ip src host ${Array.from({ length: count }, (_, i) => `10.0.${i >> 8}.${i & 255}`).join(' or ')}`;
    const { program, isEverything } = compileForKernel(parseFilter(text), LinkType.ethernet);
    t.true(program.length <= 4096);
    t.is(program.length === 1, isEverything);
  }
});

test('a filter as text again means the same', (t) => {
  let compared = 0;
  for (const text of new Set(expressions)) {
    let program: ReturnType<typeof compile>;
    try {
      program = compile(text, LinkType.ethernet);
    } catch {
      continue;
    }
    const tree = parseFilter(text);
    if (tree === null) continue;
    compared++;
    t.deepEqual(compile(renderFilter(tree), LinkType.ethernet), program, `${text} → ${renderFilter(tree)}`);
  }
  t.true(compared > 300);
});
