/**
 * Interfaces by name and by index, as netdevice(7) tells them in the namespace of the socket that is asked. A name is any
 * bytes but '/', ':' and blanks (dev_valid_name in net/core/dev.c); inside the program it is format/kernel-text.ts's.
 */
import { bytesOfText, textOfBytes } from '../format/kernel-text.js';
import type { DeviceFacts, Native } from './native.js';

/** @throws NativeError where there is none of that name */
export function deviceByName(native: Native, control: number, name: string): DeviceFacts {
  return native.interfaceByName(control, bytesOfText(name));
}

/** The name of the interface now; null where there is none with that index. */
export function deviceName(native: Native, control: number, index: number): string | null {
  try {
    return textOfBytes(native.interfaceName(control, index));
  } catch {
    return null;
  }
}
