/**
 * Builds IPv4, IPv6 and its extension headers. Lengths and checksums are true unless overridden.
 */
import { addressBytes, internetChecksum, pack, withUint16 } from './build-bytes.js';

export interface Ipv4Fields {
  readonly source?: string;
  readonly destination?: string;
  readonly protocol?: number;
  readonly payload?: Uint8Array;
  /** Padded with zeros to a multiple of four bytes. */
  readonly options?: Uint8Array;
  readonly trafficClass?: number;
  readonly id?: number;
  readonly dontFragment?: boolean;
  readonly moreFragments?: boolean;
  /** Bytes, a multiple of eight. */
  readonly fragmentOffset?: number;
  readonly ttl?: number;
  readonly version?: number;
  readonly headerLen?: number;
  readonly totalLen?: number;
  readonly checksum?: number;
}

export function ipv4(fields: Ipv4Fields = {}): Uint8Array {
  const {
    source = '127.0.0.1',
    destination = '127.0.0.1',
    protocol = 17,
    payload = new Uint8Array(0),
  } = fields;
  const options = padded(fields.options, 4);
  const trueLen = 20 + options.length;
  const { version = 4, headerLen = trueLen, totalLen = trueLen + payload.length } = fields;
  const { trafficClass = 0, id = 0, ttl = 64, fragmentOffset = 0 } = fields;
  const flags = (fields.dontFragment ? 0x4000 : 0) | (fields.moreFragments ? 0x2000 : 0);
  const header = pack(
    [1, (version << 4) | (headerLen / 4)],
    [1, trafficClass],
    [2, totalLen],
    [2, id],
    [2, flags | (fragmentOffset / 8)],
    [1, ttl],
    [1, protocol],
    [2, 0],
    addressBytes(source),
    addressBytes(destination),
    options,
  );
  return pack(withUint16(header, 10, fields.checksum ?? internetChecksum([header])), payload);
}

export interface Ipv6Fields {
  readonly source?: string;
  readonly destination?: string;
  readonly nextHeader?: number;
  readonly payload?: Uint8Array;
  readonly trafficClass?: number;
  readonly flowLabel?: number;
  readonly hopLimit?: number;
  readonly version?: number;
  /** 0 for a jumbo payload. */
  readonly payloadLen?: number;
}

export function ipv6(fields: Ipv6Fields = {}): Uint8Array {
  const { source = '::1', destination = '::1', nextHeader = 17, payload = new Uint8Array(0) } = fields;
  const { trafficClass = 0, flowLabel = 0, hopLimit = 64, version = 6, payloadLen = payload.length } = fields;
  return pack(
    [4, version * 2 ** 28 + trafficClass * 2 ** 20 + flowLabel],
    [2, payloadLen],
    [1, nextHeader],
    [1, hopLimit],
    addressBytes(source),
    addressBytes(destination),
    payload,
  );
}

export interface ExtensionFields {
  /** The protocol of `payload`. */
  readonly nextHeader?: number;
  readonly payload?: Uint8Array;
  /** The length field, where it is to lie. */
  readonly lenField?: number;
}

/** Hop-by-hop (0), destination (60), mobility (135), HIP (139) or shim6 (140): `body` behind the two first bytes. */
export function extension(body: Uint8Array, fields: ExtensionFields = {}): Uint8Array {
  const { nextHeader = 17, payload = new Uint8Array(0) } = fields;
  const full = padded(pack([2, 0], body), 8);
  const { lenField = full.length / 8 - 1 } = fields;
  return pack([1, nextHeader], [1, lenField], full.subarray(2), payload);
}

/** The option, for a hop-by-hop header, of a datagram of more than 65,535 bytes. */
export function jumboPayload(len: number): Uint8Array {
  return pack([1, 0xc2], [1, 4], [4, len]);
}

/** A routing header of type 0, or 2 with one address. */
export function routing(
  addresses: readonly string[],
  segmentsLeft: number,
  fields: ExtensionFields & { readonly type?: number } = {},
): Uint8Array {
  const body = pack([1, fields.type ?? 0], [1, segmentsLeft], [4, 0], ...addresses.map(addressBytes));
  return extension(body, fields);
}

export interface FragmentFields extends ExtensionFields {
  readonly fragmentOffset?: number;
  readonly moreFragments?: boolean;
  readonly id?: number;
}

export function fragment(fields: FragmentFields = {}): Uint8Array {
  const {
    nextHeader = 17,
    payload = new Uint8Array(0),
    fragmentOffset = 0,
    moreFragments = false,
    id = 1,
  } = fields;
  return pack([1, nextHeader], [1, 0], [2, fragmentOffset | (moreFragments ? 1 : 0)], [4, id], payload);
}

/** An authentication header with a check value of twelve bytes. */
export function authentication(fields: ExtensionFields = {}): Uint8Array {
  const { nextHeader = 17, payload = new Uint8Array(0), lenField = 4 } = fields;
  const value = new Uint8Array(12).fill(0xa5);
  return pack([1, nextHeader], [1, lenField], [2, 0], [4, 0x1234], [4, 7], value, payload);
}

function padded(bytes: Uint8Array = new Uint8Array(0), multiple: number): Uint8Array {
  return pack(bytes, new Uint8Array((multiple - (bytes.length % multiple)) % multiple));
}
