/**
 * Rings that take suspects alone: they are few, and only their headers are looked at.
 */
import type { BpfInstruction } from '../capture/bpf.js';
import { CaptureError } from '../capture/capture-error.js';
import type { LinkType } from '../capture/link-type.js';
import type { LookedAt } from '../capture/namespace-look.js';
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
  /** Another interface of the name is another one. */
  followsName: false,
} as const;

/**
 * A ring is opened by name, which may be another's than it was when somebody looked.
 * @param count rings that are opened at once, and share the memory
 * @throws CaptureError as openRings does; FilterError for a mistake in `--except`
 */
export function openSuspectRing(
  { netns, bufferBytes, except, part }: WatchSpec,
  host: OwnHost,
  { name, index }: Pick<LookedAt, 'name' | 'index'>,
  count: number,
): Promise<RingSource> {
  const program = (linkType: LinkType): readonly BpfInstruction[] => {
    except?.prepare(linkType);
    return host.programOf(linkType);
  };
  const options = { ...suspectRing, interfaces: [name], netns, look: host.look.sockets, program };
  const open = async (bytes: number): Promise<RingSource> => {
    const source = await openRings({ ...options, bufferBytes: bytes });
    if (source.interfaces[0].index === index) return source;
    await source.close();
    throw new CaptureError('interface', name, 'another interface took its name as it was opened');
  };
  return part === undefined ? open(bufferBytes ?? ringShare(count)) : part.rings.open(name, open);
}
