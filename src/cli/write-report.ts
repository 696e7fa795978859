/**
 * Where a report goes: standard output, or `-o FILE`. A file is looked at before the work begins, and takes its new text as
 * a whole or not at all.
 */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { UsageError } from './exit-code.js';

/**
 * Before the work begins: can the report be written there?
 * @param inputs captures that are read, `-` for standard input
 * @throws UsageError where it cannot, and where it would take the place of a capture
 */
export function checkReportFile(file: string | null, inputs: readonly string[]): void {
  if (file === null) return;
  asUsage(file, () => {
    const there = fs.statSync(file, { throwIfNoEntry: false });
    if (there === undefined) {
      fs.accessSync(path.dirname(file), fs.constants.W_OK);
      return;
    }
    if (there.isDirectory()) throw new Error('is a folder');
    fs.accessSync(file, fs.constants.W_OK);
    const same = there.isFile() ? inputs.find((input) => isSame(input, there)) : undefined;
    if (same !== undefined) throw new Error(`is the capture ${same} itself`);
  });
}

function isSame(input: string, { dev, ino }: fs.Stats): boolean {
  const stats = input === '-' ? fs.fstatSync(0) : fs.statSync(input, { throwIfNoEntry: false });
  return stats?.dev === dev && stats.ino === ino;
}

/** @throws UsageError where the file cannot be written; what was in it before is in it still */
export function writeReport(text: string, file: string | null): void {
  if (file === null) {
    process.stdout.write(text);
    return;
  }
  asUsage(file, () => {
    const there = fs.statSync(file, { throwIfNoEntry: false });
    const whole = there === undefined ? path.resolve(file) : fs.realpathSync(file);
    // A device or a pipe is not replaced; nor can a file be in a folder that takes no other.
    if (there?.isFile() === false || !isWritable(path.dirname(whole))) fs.writeFileSync(file, text);
    else replace(whole, text, there);
  });
}

function isWritable(folder: string): boolean {
  try {
    fs.accessSync(folder, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param before what is replaced: its owner and mode stay, where this user may give them */
function replace(file: string, text: string, before: fs.Stats | undefined): void {
  const part = path.join(path.dirname(file), `.loscope-${randomUUID()}`);
  try {
    fs.writeFileSync(part, text, { flag: 'wx' });
    if (before !== undefined) keepOwner(part, before);
    fs.renameSync(part, file);
  } catch (error) {
    fs.rmSync(part, { force: true });
    throw error;
  }
}

function keepOwner(part: string, { uid, gid, mode }: fs.Stats): void {
  try {
    fs.chownSync(part, uid, gid);
    fs.chmodSync(part, mode);
  } catch {
    // Another's file, in a folder where this user may write.
  }
}

function asUsage(file: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const what = code === 'ENOENT' ? 'the folder does not exist' : message;
    throw new UsageError(`-o ${file}: ${what} (name a file that can be written)`);
  }
}
