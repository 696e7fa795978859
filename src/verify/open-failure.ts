/**
 * Why an interface cannot be watched, or is watched no more.
 */
import { CaptureError } from '../capture/capture-error.js';
import { outOfFiles } from '../capture/out-of-files.js';
import { FilterError } from '../filter/filter-error.js';

/** Was it removed between the look at names and the opening? */
export function isGone(error: unknown): boolean {
  return error instanceof CaptureError && error.code === 'interface';
}

/**
 * In words, for a report.
 * @throws the error where it is no reason, or at the beginning a mistake in `--except`
 */
export function reasonOf(thrown: unknown, hasBegun: boolean): string {
  const error = outOfFiles(thrown, '') ?? thrown;
  if (error instanceof CaptureError)
    return error.advice === '' ? error.what : `${error.what} (${error.advice})`;
  if (error instanceof FilterError && hasBegun) return `--except: ${error.message}`;
  throw error;
}

/** Why frames were not looked at to their end: a mistake of this program blinds as much as what the kernel says. */
export function endReason(error: unknown): string {
  const lack = outOfFiles(error, '');
  if (lack !== null) return reasonOf(lack, true);
  return error instanceof CaptureError ? error.what : `this program failed: ${error}`;
}
