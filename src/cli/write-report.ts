/**
 * Where a report goes: standard output, or `-o FILE`.
 */
import fs from 'node:fs';
import { UsageError } from './exit-code.js';

/** @throws UsageError where the file cannot be written */
export function writeReport(text: string, file: string | null): void {
  if (file === null) {
    process.stdout.write(text);
    return;
  }
  try {
    fs.writeFileSync(file, text);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const what = code === 'ENOENT' ? 'the folder does not exist' : message;
    throw new UsageError(`-o ${file}: ${what} (name a file that can be written)`);
  }
}
