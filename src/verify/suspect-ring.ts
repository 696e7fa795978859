/**
 * The ring of one interface that is watched: suspects are few, and only their headers are looked at.
 */
import type { BpfInstruction } from '../capture/bpf.js';
import type { LinkType } from '../capture/link-type.js';
import { openRings } from '../capture/open-ring.js';
import { smallBlockLen } from '../capture/ring-setup.js';
import type { RingSource } from '../capture/ring-source.js';
import type { OwnHost } from './own-host.js';
import { ringShare } from './ring-budget.js';
import type { WatchSpec } from './watch-spec.js';

/** Bytes of each suspect that are looked at: sixteen headers, of which few are longer than forty bytes. */
export const suspectSnapLen = 1024;
/** Nobody waits for suspects to show: a stream of them wakes the program ten times a second. */
export const suspectRetireMs = 100;

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
  const shape = { snapLen: suspectSnapLen, blockLen: smallBlockLen, retireMs: suspectRetireMs };
  const look = host.look.sockets;
  const options = { interfaces: [name], netns, look, filter: '', program, ...shape };
  const open = (bytes: number): Promise<RingSource> => openRings({ ...options, bufferBytes: bytes });
  return part === undefined ? open(bufferBytes ?? ringShare(count)) : part.rings.open(name, open);
}
