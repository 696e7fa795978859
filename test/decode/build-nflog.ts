/**
 * Builds frames of LINKTYPE_NFLOG as the kernel's packet log makes them; any attribute can be left out or made to lie.
 */
import { concat, pack } from './build-bytes.js';

export interface NflogFields {
  /** 2 is IPv4, 10 IPv6. */
  readonly family?: number;
  readonly group?: number;
  /** -1 leaves the packet header out. */
  readonly hook?: number;
  readonly protocol?: number;
  readonly prefix?: string;
  readonly inputInterface?: number;
  readonly outputInterface?: number;
  /** Bytes where a link header would be; absent: no such attribute. */
  readonly hardwareHeader?: Uint8Array;
  readonly littleEndian?: boolean;
  /** Further attributes, made by nflogAttribute, before the packet. */
  readonly more?: readonly Uint8Array[];
  /** null: a frame that holds no packet. */
  readonly payload?: Uint8Array | null;
}

const paddingTo4 = (len: number): Uint8Array => new Uint8Array(-len & 3);

/** One attribute, padded unless it is the last. */
export function nflogAttribute(
  type: number,
  value: Uint8Array,
  { littleEndian = true, len = value.length + 4, isLast = false } = {},
): Uint8Array {
  const header = littleEndian ? [len & 255, len >> 8, type, 0] : [len >> 8, len & 255, 0, type];
  return pack(Uint8Array.from(header), value, isLast ? new Uint8Array(0) : paddingTo4(value.length));
}

export function nflog(fields: NflogFields = {}): Uint8Array {
  const { family = 2, group = 5, hook = 0, protocol = 0x0800, littleEndian = true, more = [] } = fields;
  const { prefix, inputInterface = 2, outputInterface = 0, hardwareHeader, payload = null } = fields;
  const order = { littleEndian };
  const text = (value: string): Uint8Array => new TextEncoder().encode(`${value}\0`);
  return concat([
    pack([1, family], [1, 0], [2, group]),
    ...(hook < 0 ? [] : [nflogAttribute(1, pack([2, protocol], [1, hook], [1, 0]), order)]),
    ...(prefix === undefined ? [] : [nflogAttribute(10, text(prefix), order)]),
    ...(inputInterface === 0 ? [] : [nflogAttribute(4, pack([4, inputInterface]), order)]),
    ...(outputInterface === 0 ? [] : [nflogAttribute(5, pack([4, outputInterface]), order)]),
    ...(hardwareHeader === undefined ? [] : [nflogAttribute(16, hardwareHeader, order)]),
    ...more,
    ...(payload === null ? [] : [nflogAttribute(9, payload, { ...order, isLast: true })]),
  ]);
}
