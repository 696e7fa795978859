/**
 * What dissecting one frame gives: a tree of fields for people. The cold path: it may allocate, and is never
 * run per packet.
 */

/** One field of a header, or a whole layer with its fields below. */
export interface Field {
  /** The RFC's own word: `Time to Live`, `Sequence Number`. For a layer its name: `Internet Protocol Version 4`. */
  readonly name: string;
  /** The value as written: `64`, `127.0.0.1`, `0x1c46`. Printable, whatever the wire says. */
  readonly value: string;
  /** What the value says: `SYN, ACK`, `offloaded: the pseudo-header sum only`, or ''. */
  readonly meaning: string;
  /** Bytes from the frame's start. */
  readonly offset: number;
  /** Bytes; 0 for a field that is concluded and stands nowhere. */
  readonly len: number;
  readonly children: readonly Field[];
}
