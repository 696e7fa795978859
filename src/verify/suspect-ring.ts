/**
 * What the rings have in common that take suspects alone: few frames, of which only the headers are looked at.
 */
import { smallBlockLen } from '../capture/ring-setup.js';

export const suspectRing = {
  filter: '',
  /** Bytes of each frame: sixteen headers, of which few are longer than forty bytes. */
  snapLen: 1024,
  blockLen: smallBlockLen,
  /** Nobody waits for suspects to show: a stream of them wakes the program ten times a second. */
  retireMs: 100,
} as const;
