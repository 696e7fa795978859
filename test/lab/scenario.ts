/**
 * What one capture is: where the tap sits, what happens while it listens, and how many frames that must give. A
 * number that does not come out is an error, so a capture never shows less than its name says.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Lab, makeLab } from './lab.js';
import { startTap, type TapOptions } from './tap.js';

export interface Scenario {
  /** In captures/; a name that ends in `.gz` has it compressed. */
  readonly file: string;
  readonly tap: TapOptions;
  /** Exactly, or at least and at most where timers of the kernel have a say. */
  readonly frames: number | readonly [number, number];
  /** Before the tap listens. */
  setup?(lab: Lab): Promise<unknown>;
  /** While it listens. The tap is in `lab.host`. */
  traffic(lab: Lab): Promise<unknown>;
}

/** Makes the capture in a lab of its own and returns its number of frames; `path` changes only when it is right. */
export async function makeCapture(scenario: Scenario, path: string): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'loscope-capture-'));
  const unfinished = join(folder, scenario.file);
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', removeFolder);
  const [least, most] =
    typeof scenario.frames === 'number' ? [scenario.frames, scenario.frames] : scenario.frames;
  const lab = await makeLab();
  try {
    await scenario.setup?.(lab);
    const tap = await startTap(lab.host, unfinished, scenario.tap);
    await scenario.traffic(lab);
    const frames = await tap.settled(least);
    await tap.stop();
    if (frames > most) throw new Error(`${frames} frames, expected at most ${most}`);
    const bytes = await readFile(unfinished);
    await writeFile(path, scenario.file.endsWith('.gz') ? gzipSync(bytes, { level: 9 }) : bytes);
    return frames;
  } finally {
    lab.remove();
    removeFolder();
    process.off('exit', removeFolder);
  }
}
