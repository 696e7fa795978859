/**
 * Live capture through libpcap, by the package `cap`: the portable reference engine.
 *
 * What the package cannot do, said wherever it shows: it hands over no timestamps (arrival here is marked
 * approximate), no drop counters (drops are unknown), and at most 65,535 bytes of a frame without its length
 * on the link. It writes each packet into one buffer that it does not keep alive: this source holds it for the
 * life of the capture. Its loop takes packets until none is left, so batches are handed on from inside it.
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { CaptureError } from './capture-error.js';
import { Direction, type FrameBatch, FrameBatchBuffer, FrameFlag } from './frame-batch.js';
import { type LinkType, linkTypeOfName } from './link-type.js';
import type { CaptureInterface, InterfaceRole, Source, SourceStats } from './source.js';
import { nsOfMilliseconds } from './timestamp.js';

/** What this file uses of the package. */
interface CapModule {
  Cap: new () => CapHandle;
}
interface CapHandle {
  open(device: string, filter: string, bufferBytes: number, buffer: Buffer): string;
  on(event: 'packet', listener: (bytes: number, isTruncated: boolean) => void): void;
  close(): void;
}

export interface CapOptions {
  readonly interface: string;
  readonly role: InterfaceRole;
  /** pcap-filter text, '' for all. */
  readonly filter: string;
  /** Most bytes kept of a frame; 0 for all that the package gives. */
  readonly snapLen: number;
  /** Size of the kernel's buffer. */
  readonly bufferBytes: number;
}

/** The package's own snap length. */
const packageSnapLen = 65535;
const batchBytes = 1 << 20;
const batchFrames = 4096;
/** Full batches that wait for the consumer at most; beyond, frames are dropped here and counted. */
const maxWaiting = 64;
/** How often to look whether the interface is still up. */
const watchMs = 1000;
const interfaceUp = 1;

/**
 * The package, or the reason why there is none.
 * @throws CaptureError `engine`
 */
function loadCap(interfaceName: string): CapModule {
  try {
    return createRequire(import.meta.url)('cap') as CapModule;
  } catch {
    throw new CaptureError(
      'engine',
      interfaceName,
      'live capture needs the optional package `cap`, which is not installed or did not build',
      -1,
      'install libpcap’s development package and run `npm run setup`, or read a file: `loscope read FILE`',
    );
  }
}

/** True when live capture through libpcap can be tried at all. */
export function isCapInstalled(): boolean {
  try {
    loadCap('');
    return true;
  } catch {
    return false;
  }
}

/**
 * Opens an interface.
 * @throws CaptureError `engine`, `permission`, `interface`, `filter`
 */
export function openCap(options: CapOptions): Source {
  const { Cap } = loadCap(options.interface);
  const handle = new Cap();
  const buffer = Buffer.alloc(packageSnapLen);
  try {
    const linkTypeText = handle.open(options.interface, options.filter, options.bufferBytes, buffer);
    return new CapSource(options, handle, buffer, linkTypeOf(linkTypeText));
  } catch (error) {
    throw explainOpen(options, String((error as Error).message));
  }
}

function linkTypeOf(text: string): LinkType {
  const unknown = /^Unknown linktype (\d+)$/.exec(text);
  return unknown === null ? linkTypeOfName(text.replace(/^LINKTYPE_/, '')) : Number(unknown[1]);
}

/** libpcap's message as one clear line with what to do. */
function explainOpen({ interface: name, filter }: CapOptions, message: string): CaptureError {
  if (/permission|not permitted/i.test(message)) {
    return new CaptureError(
      'permission',
      name,
      'this user may not capture packets',
      -1,
      'run as root, or give node the right once: sudo setcap cap_net_raw+ep "$(readlink -f "$(which node)")"',
    );
  }
  if (/no such device|doesn't exist|does not exist/i.test(message)) {
    return new CaptureError('interface', name, 'no such interface', -1, 'ip link shows the names');
  }
  if (/is not up|network is down/i.test(message)) {
    return new CaptureError('interface', name, 'the interface is down', -1, `ip link set ${name} up`);
  }
  if (filter !== '') {
    return new CaptureError('filter', name, `filter \`${filter}\`: ${message}`, -1, 'see pcap-filter(7)');
  }
  return new CaptureError('interface', name, message || 'cannot be captured');
}

class CapSource implements Source {
  readonly format = 'live';
  readonly engine = 'reference';
  readonly name: string;
  readonly interfaces: readonly CaptureInterface[];
  readonly #linkType: LinkType;
  readonly #snapLen: number;
  #current: LiveBatch;
  #waiting: LiveBatch[] = [];
  #free: LiveBatch[] = [];
  #wake: (() => void) | null = null;
  #isWakeDue = false;
  #error: CaptureError | null = null;
  #closed = false;
  #droppedHere = 0;
  readonly #watch: NodeJS.Timeout;

  constructor(
    options: CapOptions,
    readonly handle: CapHandle,
    /** Written by the package until close: must not be collected. */
    readonly buffer: Buffer,
    linkType: LinkType,
  ) {
    this.name = options.interface;
    this.#linkType = linkType;
    this.#snapLen = options.snapLen === 0 ? packageSnapLen : Math.min(options.snapLen, packageSnapLen);
    const { role } = options;
    const snapLen = this.#snapLen;
    this.interfaces = [{ id: 0, name: this.name, linkType, snapLen, role, addresses: [], dropped: null }];
    this.#current = new LiveBatch((batch) => this.#free.push(batch));
    this.#current.restart(linkType);
    handle.on('packet', (bytes) => this.#onPacket(bytes));
    this.#watch = setInterval(() => this.#checkInterface(), watchMs);
  }

  stats(): SourceStats {
    return { bytesRead: 0, bytesTotal: 0, dropped: this.#droppedHere === 0 ? null : this.#droppedHere };
  }

  #onPacket(bytes: number): void {
    const capLen = Math.min(bytes, this.#snapLen);
    if (!this.#current.hasRoom(capLen) && !this.#handOn()) {
      this.#droppedHere++;
      return;
    }
    this.#current.push(
      this.buffer,
      capLen,
      bytes,
      nsOfMilliseconds(performance.timeOrigin + performance.now()),
    );
    if (this.#isWakeDue) return;
    // Frames that arrive in this turn of the event loop travel as one batch.
    this.#isWakeDue = true;
    setImmediate(() => {
      this.#isWakeDue = false;
      this.#wake?.();
    });
  }

  /** Puts the full batch in the queue and takes an empty one; false when too many wait. */
  #handOn(): boolean {
    if (this.#waiting.length >= maxWaiting) return false;
    this.#waiting.push(this.#current);
    this.#current = this.#free.pop() ?? new LiveBatch((batch) => this.#free.push(batch));
    this.#current.restart(this.#linkType);
    this.#wake?.();
    return true;
  }

  /** A capture of an interface that is gone or down sees nothing and says nothing: look for it. */
  #checkInterface(): void {
    if (process.platform !== 'linux' || this.name === 'any') return;
    let what = '';
    try {
      const flags = Number.parseInt(fs.readFileSync(`/sys/class/net/${this.name}/flags`, 'latin1'), 16);
      if ((flags & interfaceUp) === 0) what = 'the interface went down during the capture';
    } catch {
      what = 'the interface vanished during the capture';
    }
    if (what === '') return;
    this.#error = new CaptureError('interface', this.name, what, -1, 'what was seen before is reported');
    void this.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<FrameBatch> {
    for (;;) {
      let batch = this.#waiting.shift();
      if (batch === undefined && this.#current.count > 0) {
        this.#handOn();
        batch = this.#waiting.shift();
      }
      if (batch !== undefined) {
        yield batch;
        continue;
      }
      if (this.#closed) break;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
    if (this.#error !== null) throw this.#error;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#watch);
    this.handle.close();
    this.#wake?.();
  }
}

/** A batch with memory of its own, which goes back to its source when released. */
class LiveBatch extends FrameBatchBuffer {
  #used = 0;

  constructor(readonly giveBack: (batch: LiveBatch) => void) {
    super(batchFrames);
  }

  restart(linkType: LinkType): void {
    if (this.bytes.length === 0) {
      const bytes = new Uint8Array(batchBytes);
      this.rebind(bytes, new DataView(bytes.buffer), 0, linkType);
    }
    this.count = 0;
    this.#used = 0;
  }

  hasRoom(capLen: number): boolean {
    return this.count < batchFrames && this.#used + capLen <= batchBytes;
  }

  push(from: Uint8Array, capLen: number, origLen: number, tsNs: bigint): void {
    const i = this.count++;
    this.bytes.set(from.subarray(0, capLen), this.#used);
    this.offset[i] = this.#used;
    this.capLen[i] = capLen;
    this.origLen[i] = origLen;
    this.tsNs[i] = tsNs;
    this.direction[i] = Direction.unknown;
    this.flags[i] = FrameFlag.approximateTime;
    this.position[i] = -1;
    this.#used += capLen;
  }

  override release(): void {
    this.giveBack(this);
  }
}
