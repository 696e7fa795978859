/**
 * Netlink messages: a header, then what the family puts behind it (a fixed header of its own, attributes).
 * Reference: RFC 3549 2.2; linux/netlink.h, struct nlmsghdr and nlmsgerr. All numbers in the host's order.
 *
 *      0        4      6       8          12        16              len      aligned to 4
 *     | len    | type | flags | sequence | port id | payload ...   | 0 ...  |   next message
 */
import { aligned, attributesByType, concatenate, readText, readU32 } from './netlink-attribute.js';
import { malformed, type NetlinkError, refusal } from './netlink-error.js';

export const MessageType = { noop: 1, error: 2, done: 3, overrun: 4 } as const;

/** NLM_F_ bits of a request, of a reply, and of a request for a new object. */
export const MessageFlag = {
  request: 0x1,
  multi: 0x2,
  ack: 0x4,
  dumpInterrupted: 0x10,
  /** In an error: the request is not quoted. */
  capped: 0x100,
  /** In an error: attributes with the kernel's words follow. */
  ackAttributes: 0x200,
  /** In a request: all of a table. */
  dump: 0x300,
  excl: 0x200,
  create: 0x400,
  append: 0x800,
} as const;

export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** A view into the datagram; valid as long as its buffer is. */
  readonly payload: Uint8Array;
}

const headerLen = 16;
/** Attributes of an extended acknowledgement (linux/netlink.h, NLMSGERR_ATTR_). */
const errorText = 1;
const errorOffset = 2;

/** The bytes of one message, padded; several may stand one behind the other in what is sent. */
export function buildMessage(
  type: number,
  flags: number,
  sequence: number,
  payload: readonly Uint8Array[],
): Uint8Array {
  const body = concatenate(payload);
  const len = headerLen + body.length;
  const bytes = new Uint8Array(aligned(len));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, len, true);
  view.setUint16(4, type, true);
  view.setUint16(6, flags, true);
  view.setUint32(8, sequence, true);
  bytes.set(body, headerLen);
  return bytes;
}

/** All messages of a datagram. @throws NetlinkError `malformed` */
export function parseMessages(bytes: Uint8Array): NetlinkMessage[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const messages: NetlinkMessage[] = [];
  for (let at = 0; at < bytes.length; ) {
    const left = bytes.length - at;
    if (left < headerLen) throw malformed(`${left} bytes left where a message needs ${headerLen}`);
    const len = view.getUint32(at, true);
    if (len < headerLen || len > left) {
      throw malformed(`a message of ${len} bytes where ${left} are left (least ${headerLen})`);
    }
    messages.push({
      type: view.getUint16(at + 4, true),
      flags: view.getUint16(at + 6, true),
      sequence: view.getUint32(at + 8, true),
      payload: bytes.subarray(at + headerLen, at + len),
    });
    at += aligned(len);
  }
  return messages;
}

/**
 * What an `error` or `done` message says.
 * @returns null for an acknowledgement
 * @throws NetlinkError `malformed`
 */
export function readOutcome(message: NetlinkMessage): NetlinkError | null {
  const { type, payload } = message;
  const isDone = type === MessageType.done;
  if (payload.length < 4) {
    if (isDone) return null; // Old families end a dump with a bare header.
    throw malformed(`an error message with ${payload.length} bytes (least 4)`);
  }
  const errno = -new DataView(payload.buffer, payload.byteOffset, 4).getInt32(0, true);
  if (errno <= 0) return null;
  const words = (message.flags & MessageFlag.ackAttributes) === 0 ? null : wordsOf(message, isDone);
  return refusal(errno, words?.text ?? '', words?.offset ?? -1);
}

function wordsOf({ flags, payload }: NetlinkMessage, isDone: boolean): { text: string; offset: number } {
  const start = isDone ? 4 : 4 + quotedLen(payload, flags);
  if (start > payload.length) throw malformed(`an error message of ${payload.length} bytes quotes ${start}`);
  const attributes = attributesByType(payload.subarray(start));
  const text = attributes.get(errorText);
  const offset = attributes.get(errorOffset);
  return {
    text: text === undefined ? '' : readText(text),
    offset: offset === undefined ? -1 : readU32(offset),
  };
}

/** Length of the request, or of its header alone, that an error message quotes behind the number. */
function quotedLen(payload: Uint8Array, flags: number): number {
  if ((flags & MessageFlag.capped) !== 0) return headerLen;
  if (payload.length < 4 + headerLen) throw malformed(`an error message with ${payload.length} bytes`);
  const len = new DataView(payload.buffer, payload.byteOffset, payload.length).getUint32(4, true);
  if (len < headerLen || len > payload.length) {
    throw malformed(`an error message of ${payload.length} bytes quotes ${len}`);
  }
  return aligned(len);
}
