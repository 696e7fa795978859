/**
 * How damage in a classic pcap file is told, the same from both engines.
 */
import { CaptureError } from './capture-error.js';

const advice = 'everything before it was read';

/** The record at `byte` claims more than its linktype can have. */
export function recordTooLong(name: string, byte: number, captured: number, most: number): CaptureError {
  const what = `record at byte ${byte}: captured length ${captured} is above the maximum ${most}`;
  return new CaptureError('corrupt', name, what, byte, advice);
}

/** The file ends inside the record at `byte`, of which `available` bytes are there. */
export function recordCut(
  name: string,
  byte: number,
  available: number,
  needed: number,
  headerLen: number,
): CaptureError {
  const part = needed === headerLen ? 'record header' : 'record';
  const what = `cut short: the ${part} at byte ${byte} has ${available} of its ${needed} bytes`;
  return new CaptureError('truncated', name, what, byte, advice);
}

/** The file is shorter than its own header: nothing in it can be read. */
export function fileHeaderCut(name: string, available: number, needed: number): CaptureError {
  const what = `the file ends after ${available} of the ${needed} bytes of its header`;
  return new CaptureError('not-a-capture', name, what, available);
}
