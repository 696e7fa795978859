/**
 * Why an interface cannot be captured, in the same words whichever engine is asked.
 */
import { shellWord } from '../format/shell-word.js';
import { CaptureError } from './capture-error.js';

/** @param names of the interfaces that there are */
export function noSuchInterface(name: string, names: readonly string[]): CaptureError {
  const advice = names.length === 0 ? '`ip link` shows the names' : `there are: ${names.join(', ')}`;
  return new CaptureError('interface', name, 'no such interface', -1, advice);
}

export function interfaceIsDown(name: string): CaptureError {
  return new CaptureError(
    'interface',
    name,
    'the interface is down',
    -1,
    `ip link set ${shellWord(name)} up`,
  );
}

export function noLoopbackInterface(): CaptureError {
  return new CaptureError('interface', 'lo', 'no loopback interface was found', -1, 'name one with -i');
}
