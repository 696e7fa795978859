/**
 * Watches interfaces from the moment that they are there: a socket for every interface of the namespace, whose program
 * refuses loopback and those that have a ring of their own. A container that leaks as it starts does so before anyone
 * who looks at names from time to time could have opened its interface.
 *
 *     known   eth0  ─► its own ring
 *     new     veth7 ─► the sentry, until its own ring is open
 *
 * Frames have no link header here (packet(7), SOCK_DGRAM); the kernel tells the interface and the protocol beside them.
 */
import { type BpfInstruction, cookedProgram } from '../capture/bpf.js';
import { LinkType } from '../capture/link-type.js';
import { openRings } from '../capture/open-ring.js';
import { Hardware } from '../capture/ring-layout.js';
import type { RingSource } from '../capture/ring-source.js';
import { InterfaceRole } from '../capture/source.js';
import { Turns } from '../capture/turns.js';
import { Code } from '../filter/opcodes.js';
import { formatCount } from '../format/units.js';
import type { Detector } from './detector.js';
import { JudgementCounts } from './judgement-counts.js';
import { endReason } from './open-failure.js';
import type { OwnHost } from './own-host.js';
import { suspectRing } from './suspect-ring.js';

/** Interfaces with rings of their own that it can refuse: the kernel takes programs of 4,096 instructions. */
export const mostKnown = 1024;

const bufferBytes = 2 << 20;
/** Where an SLL2 header has the interface's index. */
const indexOffset = 4;

const loadWord = Code.ld | Code.absolute | Code.word;
/** SKF_AD_OFF with SKF_AD_IFINDEX and SKF_AD_HATYPE (linux/filter.h). */
const ancillaryIndex = 0xfffff008;
const ancillaryHardware = 0xfffff01c;

export interface SentrySpec {
  readonly netns: string | null;
  /** Indices of the interfaces that have rings of their own. */
  readonly known: readonly number[];
  /** The name of an interface now, by its index; null where there is none. */
  readonly nameOf: (index: number) => string | null;
}

export class Sentry {
  #source!: RingSource;
  #done!: Promise<void>;
  readonly #judged = new JudgementCounts();
  #failure: string | null = null;
  #known: readonly number[];
  /** Since when interfaces have rings of their own, by index, in ns since the epoch. */
  #leftNs: ReadonlyMap<number, bigint> = new Map();
  /** Names of interfaces by index, as they were when a frame of theirs was looked at since they were forgotten last. */
  #names = new Map<number, string>();
  #namesBefore = this.#names;

  private constructor(
    readonly host: OwnHost,
    readonly detector: Detector,
    readonly spec: SentrySpec,
  ) {
    this.#known = spec.known;
  }

  /** @throws CaptureError where it cannot be opened */
  static async open(host: OwnHost, detector: Detector, spec: SentrySpec): Promise<Sentry> {
    const sentry = new Sentry(host, detector, spec);
    await sentry.#begin();
    return sentry;
  }

  async #begin(): Promise<void> {
    const { netns } = this.spec;
    const { classifier } = this.host;
    const program = (): readonly BpfInstruction[] => this.#program();
    const look = this.host.look.sockets;
    this.#source = await openRings({
      ...suspectRing,
      interfaces: ['any'],
      netns,
      look,
      program,
      bufferBytes,
    });
    this.#done = this.#run().catch((error) => {
      this.#failure ??= endReason(error);
    });
    // The host may have changed meanwhile.
    if (classifier !== this.host.classifier) this.learnHost();
  }

  /** Names are asked for anew: they may have changed. To be called from time to time. */
  forgetNames(): void {
    this.#namesBefore = this.#names;
    this.#names = new Map();
  }

  /** Leaves these interfaces to their own rings, which see all from now on. */
  leave(known: readonly number[]): void {
    if (known.join() === this.#known.join()) return;
    // To the next millisecond, which is all that is told.
    const nowNs = BigInt(Date.now() + 1) * 1_000_000n;
    this.#leftNs = new Map(known.map((index) => [index, this.#leftNs.get(index) ?? nowNs]));
    this.#known = known;
    this.learnHost();
  }

  /** Takes the host's addresses as they are now. */
  learnHost(): void {
    if (this.#known.length > mostKnown) {
      this.#failure = 'too many interfaces have come to watch further ones from their first frame';
      void this.#source.close();
      return;
    }
    try {
      this.#source.replaceProgram(() => this.#program());
    } catch (error) {
      this.#failure = `the program for interfaces that come could not be replaced: ${(error as Error).message}`;
    }
  }

  #program(): BpfInstruction[] {
    return sentryProgram(this.#known, this.host.programOf(LinkType.linuxSll2));
  }

  async #run(): Promise<void> {
    const turns = new Turns();
    for await (const batch of this.#source) {
      for (let i = 0; i < batch.count; i++) {
        const index = batch.view.getUint32(batch.offset[i] + indexOffset);
        const leftNs = this.#leftNs.get(index);
        // Until the kernel's program is another one, what passes is seen twice.
        if (leftNs !== undefined && batch.tsNs[i] > leftNs) continue;
        const { classifier, udpTunnels } = this.host;
        const lookout = {
          interface: this.#nameOf(index),
          file: '',
          role: InterfaceRole.wire,
          classifier,
          udpTunnels,
        };
        this.#judged.add(this.detector.inspect(batch, i, lookout, 0));
      }
      batch.release();
      await turns.give();
    }
  }

  /** One that was gone again before anyone asked for its name has a number. */
  #nameOf(index: number): string {
    const known = this.#names.get(index);
    if (known !== undefined) return known;
    const name = this.spec.nameOf(index) ?? this.#namesBefore.get(index) ?? `interface ${index}`;
    this.#names.set(index, name);
    return name;
  }

  /** @returns why it did not see all, or null */
  async close(): Promise<string | null> {
    await this.#source.close();
    await this.#done;
    const { dropped } = this.#source.stats();
    if (this.#failure !== null) return this.#failure;
    if (dropped !== null && dropped > 0)
      return `the kernel dropped ${formatCount(dropped)} frames of interfaces that came`;
    const reasons = this.#judged.reasons('frames have more headers than are looked at');
    return reasons.length === 0 ? null : `of interfaces that came, ${reasons.join('; ')}`;
  }
}

/**
 * Asks the program for frames with an SLL2 header first, which few pass, and of these refuses loopback and the known
 * interfaces: how many there are costs ordinary frames nothing.
 */
function sentryProgram(known: readonly number[], program: readonly BpfInstruction[]): BpfInstruction[] {
  // It has no field that the kernel lacks: protocol and what is behind the header.
  const suspects = cookedProgram(program)!;
  const keepLen = Math.max(...suspects.map(({ code, k }) => (code === Code.ret ? k : 0)));
  const onward = suspects.map((instruction, i) =>
    instruction.code === Code.ret && instruction.k !== 0
      ? { code: Code.ja, jt: 0, jf: 0, k: suspects.length - i - 1 }
      : instruction,
  );
  const refuse = [load(ancillaryHardware), ...refuseEqual(Hardware.loopback), load(ancillaryIndex)];
  const keep = { code: Code.ret, jt: 0, jf: 0, k: keepLen };
  return [...onward, ...refuse, ...known.flatMap(refuseEqual), keep];
}

function load(k: number): BpfInstruction {
  return { code: loadWord, jt: 0, jf: 0, k };
}

function refuseEqual(k: number): BpfInstruction[] {
  return [
    { code: Code['='], jt: 0, jf: 1, k },
    { code: Code.ret, jt: 0, jf: 0, k: 0 },
  ];
}
