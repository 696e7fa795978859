/**
 * Live capture through libpcap, by the package `cap`: the portable reference engine. The package itself runs in
 * a process of its own (cap-child.ts), which sends pcap through a pipe.
 *
 * What the package cannot do, said wherever it shows: it hands over no timestamps (arrival there is marked
 * approximate), no drop counters (drops are unknown), and at most 65,535 bytes of a frame without its length
 * on the link.
 */
import { type ChildProcess, fork } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { StreamByteSource } from './byte-source.js';
import type { CapReply, CapRequest } from './cap-request.js';
import { CaptureError } from './capture-error.js';
import { ChunkWindow } from './chunk-window.js';
import { type FrameBatch, FrameFlag } from './frame-batch.js';
import { interfaceIsDown, noSuchInterface } from './interface-fault.js';
import { outOfFiles } from './out-of-files.js';
import { PcapReader } from './pcap-reader.js';
import type { CaptureInterface, InterfaceRole, Source, SourceStats } from './source.js';

export interface CapOptions extends CapRequest {
  readonly role: InterfaceRole;
}

/** How often to look whether the interface is still up. */
const watchMs = 500;
/** How long a child may take to end by itself. */
const graceMs = 300;
const interfaceUp = 1;
const gone = 'the interface went down or vanished during the capture';

/** True when live capture through libpcap can be tried at all. */
export function isCapInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve('cap/build/Release/cap.node');
    return true;
  } catch {
    return false;
  }
}

/**
 * Opens an interface.
 * @throws CaptureError `engine`, `permission`, `interface`, `filter`
 */
export async function openCap(options: CapOptions): Promise<Source> {
  const program = fileURLToPath(new URL('./cap-child.js', import.meta.url));
  const request: CapRequest = options;
  const child = fork(program, [], { stdio: ['ignore', 'pipe', 'ignore', 'ipc'] });
  const reply = await new Promise<CapReply>((resolve, reject) => {
    child.once('message', (message) => resolve(message as CapReply));
    child.once('error', (error) => {
      const lack = outOfFiles(error, options.interface);
      if (lack !== null) reject(lack);
      else resolve({ error: 'load', message: error.message });
    });
    child.once('exit', () => resolve({ error: 'open', message: '' }));
    // One that was not started has no channel, and an error to come.
    if (child.pid !== undefined) child.send(request);
  });
  if (reply.error === 'load') throw missingPackage(options.interface);
  if (reply.error === 'open') throw explainOpen(options, reply.message);
  const source = new CapSource(options, child);
  await source.readHeader();
  return source;
}

function missingPackage(name: string): CaptureError {
  return new CaptureError(
    'engine',
    name,
    'live capture needs the optional package `cap`, which is not installed or did not build',
    -1,
    'install libpcap’s development package and run `npm run setup`, or read a file: `loscope read FILE`',
  );
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
    return noSuchInterface(name, []);
  }
  if (/is not up|network is down/i.test(message)) {
    return interfaceIsDown(name);
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
  readonly interfaces: CaptureInterface[] = [];
  readonly #window: ChunkWindow;
  readonly #reader: PcapReader;
  readonly #role: InterfaceRole;
  readonly #watch: NodeJS.Timeout;
  #error: CaptureError | null = null;
  #closed = false;

  constructor(
    options: CapOptions,
    readonly child: ChildProcess,
  ) {
    this.name = options.interface;
    this.#role = options.role;
    const input = new StreamByteSource(this.name, child.stdout as Readable);
    this.#window = new ChunkWindow(input);
    this.#reader = new PcapReader(this.name, input, this.#window);
    child.on('error', () => this.#fail(gone));
    child.once('exit', () => this.#fail(gone));
    this.#watch = setInterval(() => this.#checkInterface(), watchMs);
  }

  /** Learns the linktype, which the child sends at once. */
  async readHeader(): Promise<void> {
    if (!(await this.#window.fill(24))) {
      await this.close();
      throw new CaptureError('interface', this.name, gone, -1, 'try again');
    }
    const { view, start } = this.#window;
    const linkType = view.getUint32(start + 20, true);
    const snapLen = view.getUint32(start + 16, true);
    const { name } = this;
    this.interfaces.push({ id: 0, name, linkType, snapLen, role: this.#role, addresses: [], dropped: null });
  }

  stats(): SourceStats {
    return { bytesRead: 0, bytesTotal: 0, dropped: null, backlog: 0 };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<FrameBatch> {
    try {
      for await (const batch of this.#reader) {
        batch.flags.fill(FrameFlag.approximateTime, 0, batch.count);
        batch.position.fill(-1, 0, batch.count);
        yield batch;
      }
    } catch (error) {
      // A child that ended in the middle of a record is reported as what ended it.
      if (!(error instanceof CaptureError && error.isDamage)) throw error;
    }
    // The package ends its process when its interface goes: nobody closed this source, yet it is at its end.
    this.#fail(gone);
    if (this.#error !== null) throw this.#error;
  }

  #fail(what: string): void {
    if (this.#closed) return;
    this.#error ??= new CaptureError('interface', this.name, what, -1, 'what was seen before is reported');
    void this.close();
  }

  /** A capture of an interface that is down sees nothing and says nothing: look for it. */
  #checkInterface(): void {
    if (process.platform !== 'linux' || this.name === 'any') return;
    try {
      const flags = Number.parseInt(fs.readFileSync(`/sys/class/net/${this.name}/flags`, 'latin1'), 16);
      if ((flags & interfaceUp) === 0) this.#fail('the interface went down during the capture');
    } catch {
      this.#fail('the interface vanished during the capture');
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#watch);
    // The child sends what it has and ends, which ends the iteration; one that is too busy to hear is ended.
    if (this.child.connected) this.child.disconnect();
    setTimeout(() => this.child.kill('SIGKILL'), graceMs).unref();
  }
}
