/**
 * The same check over captures: the program that runs in the kernel live runs here over whole batches, and the detector
 * looks at what it lets through. Interfaces of a loopback are counted and not checked; of unknown role, each frame
 * speaks for itself, and where it says nothing it was on a wire. Ethernet says it by addresses that are all zero, which frames
 * of a wire may have too: where both are in one interface, loopback's own were merged into it or a wire carried them, and nobody
 * can tell.
 */
import { statedRole } from '../analysis/stated-role.js';
import { CaptureError } from '../capture/capture-error.js';
import { batchCapacity, type FrameBatch } from '../capture/frame-batch.js';
import { LinkType, linkTypeName } from '../capture/link-type.js';
import { InterfaceRole, type Source } from '../capture/source.js';
import { Turns } from '../capture/turns.js';
import type { CapturedHost } from './captured-host.js';
import { CapturedHosts } from './captured-hosts.js';
import { CapturedInterface } from './captured-interface.js';
import { type Detector, Judgement } from './detector.js';
import { leastWhole, programReach } from './suspect-filter.js';
import type { Watched } from './verdict.js';

export interface CaptureCheckSpec {
  /** `--host`; [] leaves it to what the capture recorded. */
  readonly hostAddresses: readonly string[];
  readonly roles: ReadonlyMap<string, InterfaceRole>;
}

export class CaptureCheck {
  readonly #interfaces: CapturedInterface[] = [];
  readonly #hosts: CapturedHosts;
  readonly #selected = new Uint32Array(batchCapacity);
  #frames = 0;
  #error: string | null = null;
  #isClosed = false;

  constructor(
    readonly source: Source,
    readonly detector: Detector,
    readonly spec: CaptureCheckSpec,
  ) {
    this.#hosts = new CapturedHosts(spec.hostAddresses);
  }

  /** Reads the capture to its end, its damage, or until it is closed. */
  async run(): Promise<void> {
    const turns = new Turns();
    try {
      for await (const batch of this.source) {
        this.#take(batch);
        batch.release();
        await turns.give();
      }
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      this.#error = error.what;
    }
    this.#learnInterfaces();
    if (this.#isClosed) this.#error ??= 'it was not read to its end';
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.source.close();
  }

  #take(batch: FrameBatch): void {
    if (this.#interfaces.length !== this.source.interfaces.length) this.#learnInterfaces();
    const captured = this.#interfaces[batch.interfaceId];
    captured.frames += batch.count;
    if (captured.role !== InterfaceRole.loopback) this.#check(batch, captured);
    this.#frames += batch.count;
  }

  #check(batch: FrameBatch, captured: CapturedInterface): void {
    this.#lookForWire(batch, captured);
    const host = this.#hosts.hostOf(captured.captured);
    if (!host.isKnown) captured.isHostUnknown = true;
    const program = host.programOf(batch.linkType);
    if (program === null) {
      captured.undecodedLink = linkTypeName(batch.linkType);
      return;
    }
    const { capLen, origLen, count } = batch;
    const whole = leastWhole(batch.linkType);
    const selected = this.#selected;
    const suspects = program(batch, selected);
    for (let k = 0; k < suspects; k++) {
      const judgement = this.#inspect(batch, selected[k], captured, host);
      if (judgement === Judgement.onLoopback && batch.linkType === LinkType.ethernet) captured.withoutMac++;
    }
    // A program drops what it cannot read. Where that may be because of a cut, or a header is not there in whole, the
    // walk says what is missing. (Live, no stack takes a frame that has no whole header.)
    for (let i = 0, k = 0; i < count; i++) {
      while (k < suspects && selected[k] < i) k++;
      const isSuspect = k < suspects && selected[k] === i;
      const isShort = capLen[i] < (capLen[i] < origLen[i] ? programReach : whole);
      if (isShort && !isSuspect) this.#inspect(batch, i, captured, host);
    }
  }

  #inspect(
    batch: FrameBatch,
    i: number,
    captured: CapturedInterface,
    { classifier }: CapturedHost,
  ): Judgement {
    const lookout = {
      interface: captured.name,
      file: this.source.name,
      role: captured.role,
      classifier,
    };
    captured.matched++;
    const judgement = this.detector.inspect(batch, i, lookout, this.#frames + i + 1);
    captured.judged.add(judgement);
    return judgement;
  }

  /** Until a frame was on a wire, each is asked: a capture of loopback alone proves nothing. */
  #lookForWire(batch: FrameBatch, captured: CapturedInterface): void {
    for (let i = 0; i < batch.count && !captured.hasWire; i++) {
      captured.hasWire = this.detector.roleOf(batch, i, captured.role) !== InterfaceRole.loopback;
    }
  }

  #learnInterfaces(): void {
    const { interfaces } = this.source;
    for (const captured of interfaces.slice(this.#interfaces.length)) {
      this.#interfaces.push(
        new CapturedInterface(captured, statedRole(this.source, captured, this.spec.roles)),
      );
      this.#hosts.learn(captured);
    }
  }

  /** Frames of a wire were judged without knowing any own address. */
  get lacksHost(): boolean {
    return this.#interfaces.some(({ hasWire, isHostUnknown }) => hasWire && isHostUnknown);
  }

  /** Its interfaces may be of several hosts, and were judged by their own addresses alone. */
  get isMerged(): boolean {
    return this.#hosts.isMerged;
  }

  /** One for each interface with frames or that was looked at, once run() has ended. */
  results(): Watched[] {
    const shown = this.#interfaces.filter((captured) => !captured.isOnlyDescribed || captured.frames > 0);
    if (shown.length > 0) return shown.map((captured) => captured.result(this.source.name, this.#error));
    const nothing = this.#error ?? 'it describes no interface and has no frames';
    return [CapturedInterface.absent(this.source.name, nothing)];
  }
}
