/**
 * The list of options that IPv4 and TCP have in common.
 * Reference: RFC 791 3.1, RFC 9293 3.1.
 *
 *      0      1        2
 *     | kind | length | data, to length ...          kind 0 ends the list, kind 1 pads: both are one byte alone
 */

import { plural } from '../format/units.js';
import type { Dissector } from './dissector.js';

const Kind = { end: 0, noOperation: 1 } as const;

/** How one protocol's options are named and read. */
export interface OptionTable {
  readonly name: (kind: number) => string;
  /** Reads what follows the length, up to dissector.end; returns the option's value. */
  readonly dissect: (dissector: Dissector, kind: number) => string;
}

/** Notes the options in the next `len` bytes. */
export function dissectOptions(dissector: Dissector, len: number, table: OptionTable): void {
  if (len <= 0) return;
  dissector.group('Options', len, () => {
    while (dissector.left > 0 && !dissector.isFull) dissectOption(dissector, table);
    return plural(len, 'byte');
  });
}

function dissectOption(dissector: Dissector, table: OptionTable): void {
  const kind = dissector.peek8();
  if (kind === Kind.noOperation) {
    dissector.uint8('No-Operation');
    return;
  }
  if (kind === Kind.end) {
    dissector.uint8('End of Option List');
    dissector.rest('Padding');
    return;
  }
  const optionLen = dissector.peek8(1);
  const name = table.name(kind) || `Option ${kind}`;
  if (optionLen < 2 || optionLen > dissector.left) {
    const why = optionLen < 2 ? 'less than 2' : `${dissector.left} left`;
    dissector.rest('Malformed option', dissector.left, `${name}: length ${optionLen}, ${why}`);
    return;
  }
  dissector.group(name, optionLen, () => {
    dissector.uint8('Kind');
    dissector.uint8('Length');
    return table.dissect(dissector, kind);
  });
}
