/**
 * File operands as open sources.
 */
import fs from 'node:fs';
import { openCapture } from '../capture/open-capture.js';
import type { EngineName, Source } from '../capture/source.js';
import { UsageError } from './exit-code.js';
import { splitOperands } from './options.js';

/**
 * Opens the files among the operands of read and summary.
 * @throws CaptureError, UsageError
 */
export async function openFiles(operands: readonly string[], engine: EngineName | null): Promise<Source[]> {
  const { files, filter } = splitOperands(operands, fs.existsSync);
  if (filter !== '') {
    throw new UsageError(
      `filter \`${filter}\`: filters over files are not here yet (leave it out, or filter while capturing: loscope live FILTER)`,
    );
  }
  if (files.filter((file) => file === '-').length > 1)
    throw new UsageError('- is named twice: there is one standard input');
  const sources: Source[] = [];
  try {
    for (const file of files) sources.push(await openCapture(file, engine ?? 'fast'));
  } catch (error) {
    await Promise.all(sources.map((source) => source.close()));
    throw error;
  }
  return sources;
}
