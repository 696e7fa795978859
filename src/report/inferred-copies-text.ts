/**
 * What is said of copies that looped back without being seen: that packet sockets do not see them, and how many.
 */
import type { InferredCopies } from '../analysis/port.js';
import { plural } from '../format/units.js';

/** `and 3 broadcast copies, 1 multicast copy that looped back unseen (inferred from the originals)`; '' for none. */
export function inferredCopiesText({ broadcast, multicast }: InferredCopies): string {
  const parts = [
    ...(broadcast === 0 ? [] : [copies(broadcast, 'broadcast')]),
    ...(multicast === 0 ? [] : [copies(multicast, 'multicast')]),
  ];
  if (parts.length === 0) return '';
  return `and ${parts.join(', ')} that looped back unseen (inferred from the originals)`;
}

function copies(count: number, kind: string): string {
  return plural(count, `${kind} copy`, `${kind} copies`);
}
