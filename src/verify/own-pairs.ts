/**
 * A program's first part: lets datagrams from an own address to an own address through, and goes on to what stands
 * behind it with every other frame. Written as instructions, since a text of hundreds of addresses takes long to compile.
 *
 *     IPv4? ── source among own ── destination among own ── let through
 *       no       no                  no
 *       └────────┴───────────────────┴─► behind its end
 *
 * A word is searched among ranges by halves, down to a few that are compared in turn.
 */
import { type BpfInstruction, BpfMask } from '../capture/bpf.js';
import { LinkType } from '../capture/link-type.js';
import { compile } from '../filter/compile.js';
import { keepAll } from '../filter/emit.js';
import { findLinkLayer } from '../filter/link-layer.js';
import { Code } from '../filter/opcodes.js';
import type { Prefix } from '../host/host-model.js';
import { fewer, type Range, type WordRanges, wordRanges } from './own-ranges.js';

/** An instruction, a jump to a label however far, or a label. */
type Step = BpfInstruction | { readonly to: string } | { readonly at: string };

/** Where addresses are in a header of each IP version. */
const versions = [
  { protocol: 'ip', offsets: [12, 16], wordLen: 4 },
  { protocol: 'ip6', offsets: [8, 24], wordLen: 16 },
] as const;
const vlanTagLen = 4;
/** Ranges that are compared in turn rather than halved. */
const mostInTurn = 6;
/** Ranges of a word to begin with: more than a program of 2,000 instructions can compare. */
const mostRanges = 768;
const behind = 'behind';

/**
 * @param own prefixes of either version
 * @param most instructions: where ranges need more, fewer and wider ones let more through
 */
export function ownPairs(own: readonly Prefix[], linkType: LinkType, most: number): BpfInstruction[] {
  const asked = versions
    .map(({ protocol, offsets, wordLen }) => {
      const ranges = wordRanges(own.filter(({ bytes }) => bytes.length === wordLen));
      return { protocol, offsets, ranges };
    })
    .filter(({ ranges }) => ranges.length > 0);
  if (asked.length === 0) return [];
  for (let mostOfWord = mostRanges; ; mostOfWord >>= 1) {
    const few = asked.map(({ ranges, ...rest }) => ({
      ...rest,
      ranges: ranges.map((words) => words.map((word) => fewer(word, mostOfWord))),
    }));
    const program = pairsOf(few, linkType);
    if (program.length <= most || mostOfWord === 1) return program;
  }
}

interface Asked {
  readonly protocol: 'ip' | 'ip6';
  /** Of source and destination in the header. */
  readonly offsets: readonly number[];
  readonly ranges: readonly WordRanges[];
}

function pairsOf(asked: readonly Asked[], linkType: LinkType): BpfInstruction[] {
  const isTaggable = linkType === LinkType.ethernet;
  const { headerLen } = findLinkLayer(linkType);
  return resolved([
    ...asked.flatMap(({ protocol }) => branch(protocol, linkType, protocol)),
    ...(isTaggable
      ? asked.flatMap(({ protocol }) => branch(`vlan and ${protocol}`, linkType, `tagged ${protocol}`))
      : []),
    { to: behind },
    ...asked.flatMap(({ protocol, offsets, ranges }) => [
      // X is 0 where a program begins.
      ...(isTaggable ? [{ at: `tagged ${protocol}` }, step(Code.ldx | Code.immediate, vlanTagLen)] : []),
      { at: protocol },
      ...offsets.flatMap((offset) => amongOwn(headerLen + offset, ranges, `${protocol} ${offset}`)),
      step(Code.ret, keepAll),
    ]),
  ]);
}

const compiled = new Map<string, readonly BpfInstruction[]>();

/** Goes to a label with the frames that the text selects, and on with all others. */
function branch(text: string, linkType: LinkType, label: string): Step[] {
  const key = `${linkType} ${text}`;
  const program = compiled.get(key) ?? compile(text, linkType);
  compiled.set(key, program);
  const onward = `not ${label}`;
  const steps = program.map((each): Step => {
    if ((each.code & BpfMask.class) !== Code.ret) return each;
    return { to: each.k === 0 ? onward : label };
  });
  return [...steps, { at: onward }];
}

/** Goes on where the address at `offset` is among the ranges, in any of their groups, else behind. */
function amongOwn(offset: number, groups: readonly WordRanges[], name: string): Step[] {
  const inside = `${name} inside`;
  const steps = groups.flatMap((words, group) => {
    const outside = group === groups.length - 1 ? behind : `${name} ${group + 1}`;
    // The last word tells the addresses of one network apart.
    const order = words.map((_, word) => word).reverse();
    return [
      { at: `${name} ${group}` },
      ...order.flatMap((word) => {
        const found = `${name} ${group} ${word}`;
        const load = step(Code.ld | Code.indirect | Code.word, offset + 4 * word);
        return [load, ...search(words[word], found, outside), { at: found }];
      }),
      { to: inside },
    ];
  });
  return [...steps, { at: inside }];
}

/** Is A in one of the ranges? Its labels begin with `inside`, which no other search goes to. */
function search(ranges: readonly Range[], inside: string, outside: string): Step[] {
  if (ranges.length <= mostInTurn) return inTurn(ranges, inside, outside);
  const middle = ranges.length >> 1;
  const pivot = ranges[middle].first;
  const upper = `${inside} from ${pivot}`;
  return [
    step(Code['>='], pivot, 0, 1),
    { to: upper },
    ...search(ranges.slice(0, middle), inside, outside),
    { at: upper },
    ...search(ranges.slice(middle), inside, outside),
  ];
}

/** Compares with each: what is in one of them jumps over the way out to the way in. */
function inTurn(ranges: readonly Range[], inside: string, outside: string): Step[] {
  const tests = ranges.flatMap(({ first, last }) =>
    first === last ? [step(Code['='], first)] : [step(Code['>='], first, 0, 1), step(Code['>'], last)],
  );
  const compared = tests.map((test, i) => {
    const overRest = tests.length - i;
    if (test.code === Code['=']) return { ...test, jt: overRest };
    return test.code === Code['>'] ? { ...test, jf: overRest } : test;
  });
  return [...compared, { to: outside }, { to: inside }];
}

function step(code: number, k: number, jt = 0, jf = 0): BpfInstruction {
  return { code, jt, jf, k };
}

/** Labels as distances; a jump to what comes next anyway is left out. */
function resolved(steps: readonly Step[]): BpfInstruction[] {
  const kept = steps.filter((each, i) => !('to' in each) || !leadsOn(steps, i, each.to));
  const places = new Map<string, number>();
  let length = 0;
  for (const each of kept) {
    if ('at' in each) places.set(each.at, length);
    else length++;
  }
  places.set(behind, length);
  const program: BpfInstruction[] = [];
  for (const each of kept) {
    if ('at' in each) continue;
    program.push('to' in each ? step(Code.ja, places.get(each.to)! - program.length - 1) : each);
  }
  return program;
}

/** Is nothing but labels between a jump and where it leads? */
function leadsOn(steps: readonly Step[], i: number, to: string): boolean {
  for (let next = i + 1; next < steps.length; next++) {
    const each = steps[next];
    if (!('at' in each)) return false;
    if (each.at === to) return true;
  }
  return to === behind;
}
