/**
 * Frames with a VLAN tag, in the kernel. It takes the outer tag out of the frame and keeps it beside; the capture puts it
 * back, and a filter is about frames as they are captured. So a program for the kernel asks first whether there is a tag,
 * and if so goes on in a copy of itself that finds the tag's bytes where the kernel has them.
 *
 *     captured   [ MACs 0-11 | 0x8100 12 | tag 14 | EtherType 16 | … ]
 *     kernel     [ MACs 0-11 |                      EtherType 12 | … ]       VLAN_TPID, VLAN_TAG beside
 *
 * Reference: linux/filter.h, SKF_AD_VLAN_TAG and the values after it.
 */
import { ancillary, type BpfInstruction, BpfMask } from '../capture/bpf.js';
import { LinkType } from '../capture/link-type.js';
import { Code } from './opcodes.js';

const tagControl = ancillary + 44;
const isTagged = ancillary + 48;
const tagProtocol = ancillary + 60;
const tagAt = 12;
const controlAt = 14;
const tagLen = 4;
/** Protocols of tags that the kernel takes out: 802.1Q and 802.1ad. */
const tagProtocols: readonly number[] = [0x8100, 0x88a8];
/** BPF_MAXINSNS of Linux. */
export const mostKernelInstructions = 4096;

/** @returns a program that decides of tagged frames as well, or, not exact, lets more of them through */
export function withTaggedFrames(
  program: readonly BpfInstruction[],
  linkType: LinkType,
  keepLen: number,
): { program: BpfInstruction[]; isExact: boolean } {
  const isPlain = program.every(({ code }) => !readsFrame(code));
  if (isPlain) return { program: [...program], isExact: true };
  if (linkType === LinkType.linuxSll2) return onEveryInterface(program, keepLen);
  if (linkType !== LinkType.ethernet) return { program: [...program], isExact: true };
  const keep = { code: Code.ret, jt: 0, jf: 0, k: keepLen };
  const reached = reachedByTagged(program);
  const moved = program.map(onTagged);
  const isExact = moved.every((each, i) => each !== null || !reached[i]);
  const copy = moved.map((each) => each ?? keep);
  const isShort = 2 * program.length + 3 <= mostKernelInstructions;
  const start = [...unlessTagged, { code: Code.ja, jt: 0, jf: 0, k: program.length }];
  return { program: [...start, ...program, ...(isShort ? copy : [keep])], isExact: isExact && isShort };
}

/** Goes past the next instruction unless the frame has a tag. */
const unlessTagged: readonly BpfInstruction[] = [
  { code: Code.ld | Code.absolute | Code.byte, jt: 0, jf: 0, k: isTagged },
  { code: Code['='], jt: 1, jf: 0, k: 0 },
];

/** On `any` the kernel has no link header, which the captured frame's length counts, nor a tag's place in it. */
function onEveryInterface(
  program: readonly BpfInstruction[],
  keepLen: number,
): { program: BpfInstruction[]; isExact: boolean } {
  const keep = { code: Code.ret, jt: 0, jf: 0, k: keepLen };
  const readsLen = program.some(({ code }) => readsFrame(code) && (code & BpfMask.mode) === Code.length);
  return { program: readsLen ? [keep] : [...unlessTagged, keep, ...program], isExact: false };
}

/** Does it read what a tag changes? */
function readsFrame(code: number): boolean {
  const mode = code & BpfMask.mode;
  if ((code & BpfMask.class) === Code.ld) return mode !== Code.immediate && mode !== Code.memory;
  return (code & BpfMask.class) === Code.ldx && (mode === Code.header || mode === Code.length);
}

/** An instruction for a frame whose tag the kernel keeps; null where it has nothing of the kind. */
function onTagged(instruction: BpfInstruction): BpfInstruction | null {
  const { code, k } = instruction;
  const mode = code & BpfMask.mode;
  if (!readsFrame(code) || k >= ancillary) return instruction;
  if (mode === Code.length) return null;
  if (k >= tagAt + tagLen) return { ...instruction, k: k - tagLen };
  if (mode !== Code.absolute) return null;
  const size = code & BpfMask.size;
  if (size === Code.half && k === tagAt) return { ...instruction, k: tagProtocol };
  if (size === Code.half && k === controlAt) return { ...instruction, k: tagControl };
  const end = k + (size === Code.word ? 4 : size === Code.half ? 2 : 1);
  return end <= tagAt ? instruction : null;
}

/** Which instructions a tagged frame can come to: a comparison with any other EtherType is decided. */
function reachedByTagged(program: readonly BpfInstruction[]): boolean[] {
  const reached = program.map((_, i) => i === 0);
  /** A holds the tag's protocol on every way here. */
  const holdsTag = program.map((_, i) => i !== 0);
  for (const [i, { code, jt, jf, k }] of program.entries()) {
    if (!reached[i]) continue;
    const goTo = (target: number, isTag: boolean): void => {
      reached[target] = true;
      holdsTag[target] &&= isTag;
    };
    const isJump = (code & BpfMask.class) === Code.ja;
    if (isJump && code !== Code.ja) {
      const outcome = holdsTag[i] ? outcomeOfTag(code, k) : null;
      if (outcome !== false) goTo(i + 1 + jt, holdsTag[i]);
      if (outcome !== true) goTo(i + 1 + jf, holdsTag[i]);
    } else if (isJump) goTo(i + 1 + k, holdsTag[i]);
    else if ((code & BpfMask.class) !== Code.ret) goTo(i + 1, holdsTagAfter(program[i], holdsTag[i]));
  }
  return reached;
}

function holdsTagAfter({ code, k }: BpfInstruction, isHeld: boolean): boolean {
  switch (code & BpfMask.class) {
    case Code.ld:
      return code === (Code.ld | Code.absolute | Code.half) && k === tagAt;
    case Code.alu:
      return false;
    default:
      return isHeld && code !== Code.txa;
  }
}

/** What a comparison of the tag's protocol gives, whichever of them it is; null where that matters. */
function outcomeOfTag(code: number, k: number): boolean | null {
  const compare: Record<number, (protocol: number) => boolean> = {
    [Code['=']]: (protocol) => protocol === k,
    [Code['>']]: (protocol) => protocol > k,
    [Code['>=']]: (protocol) => protocol >= k,
  };
  const outcomes = tagProtocols.map((protocol) => compare[code]?.(protocol) ?? null);
  return outcomes.every((outcome) => outcome === outcomes[0]) ? outcomes[0] : null;
}
