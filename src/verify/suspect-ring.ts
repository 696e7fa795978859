/**
 * Rings that take suspects alone: they are few, and only their headers are looked at.
 */
import type { BpfInstruction } from '../capture/bpf.js';
import type { LinkType } from '../capture/link-type.js';
import { openRings } from '../capture/open-ring.js';
import { smallBlockLen } from '../capture/ring-setup.js';
import type { RingSource } from '../capture/ring-source.js';
import type { OwnHost } from './own-host.js';
import { ringShare } from './ring-budget.js';
import type { WatchSpec } from './watch-spec.js';

export const suspectRing = {
  filter: '',
  /** Bytes of each frame: sixteen headers, of which few are longer than forty bytes. */
  snapLen: 1024,
  blockLen: smallBlockLen,
  /** Nobody waits for suspects to show: a stream of them wakes the program ten times a second. */
  retireMs: 100,
} as const;

/**
 * @param count rings that are opened at once, and share the memory
 * @throws CaptureError as openRings does; FilterError for a mistake in `--except`
 */
export function openSuspectRing(
  { netns, bufferBytes, except, part }: WatchSpec,
  host: OwnHost,
  name: string,
  count: number,
): Promise<RingSource> {
  const program = (linkType: LinkType): readonly BpfInstruction[] => {
    except?.prepare(linkType);
    return host.programOf(linkType);
  };
  const options = { ...suspectRing, interfaces: [name], netns, look: host.look.sockets, program };
  const open = (bytes: number): Promise<RingSource> => openRings({ ...options, bufferBytes: bytes });
  return part === undefined ? open(bufferBytes ?? ringShare(count)) : part.rings.open(name, open);
}
