/**
 * Folders that are gone when the benchmark ends, however it ends short of SIGKILL.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';

const signalExit = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const memoryFolder = '/dev/shm';
/** Names carry the process id, so that one sees whose they are. */
const prefix = `loscope-bench-${process.pid}-`;

export class Scratch {
  /** On disk: inputs, which the page cache holds. */
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), prefix));
  /** In memory where the system has such a place: what capturers write, so that no disk decides. */
  readonly memory = fs.existsSync(memoryFolder)
    ? fs.mkdtempSync(path.join(memoryFolder, prefix))
    : fs.mkdtempSync(path.join(this.folder, 'memory-'));
  readonly #remove = (): void => this.remove();

  constructor() {
    process.once('exit', this.#remove);
    for (const [signal, code] of Object.entries(signalExit)) process.once(signal, () => process.exit(code));
  }

  /** A path in the folder on disk. */
  path(name: string): string {
    return path.join(this.folder, name);
  }

  remove(): void {
    process.off('exit', this.#remove);
    // Programs that were just told to end may still write.
    for (const folder of [this.memory, this.folder]) {
      fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    }
  }
}
