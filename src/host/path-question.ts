/**
 * What a person writes for an address, as the addresses to look up: an address of either version, with a zone, or a
 * name, which the system's resolver gives in its own order.
 * Reference: RFC 4007 11 (zones); RFC 4291 2.5.5.2 (IPv4-mapped addresses); getaddrinfo(3), which also reads `127.1`.
 */
import dns from 'node:dns/promises';
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from '../format/address.js';
import type { IpVersion } from './rtnetlink.js';

export interface PathQuestion {
  readonly version: IpVersion;
  /** As it is looked up. */
  readonly address: string;
  /** 4 or 16 bytes. */
  readonly bytes: Uint8Array;
  /** Interface name or index behind `%`, or ''. */
  readonly zone: string;
  /** What the address as it was written stands for, where that is another; '' otherwise. */
  readonly standsFor: string;
}

/** A question that has no answer: one line. */
export class PathError extends Error {
  override readonly name = 'PathError';

  /** @param advice what to do about it, or '' */
  constructor(where: string, what: string, advice = '') {
    super(`${where}: ${what}${advice === '' ? '' : ` (${advice})`}`);
  }
}

/** Names with more addresses than this are cut. */
export const mostAddresses = 32;

/**
 * @returns in the resolver's order, each address once, at most `mostAddresses`
 * @throws PathError where it is neither an address nor a name that resolves
 */
export async function questionsOf(text: string): Promise<PathQuestion[]> {
  const question = questionOfAddress(text);
  if (question !== null) return [question];
  const addresses = await resolveName(text);
  const unique = [...new Set(addresses)].slice(0, mostAddresses);
  return unique.flatMap((address) => questionOfAddress(address) ?? []);
}

/** @returns null when the text is not an address */
export function questionOfAddress(text: string): PathQuestion | null {
  const ipv4 = parseIpv4(text);
  if (ipv4 !== null) return ipv4Question(ipv4, '');
  const [, written, zone = ''] = /^([^%]*)(?:%(.+))?$/s.exec(text) ?? [];
  const bytes = written?.includes(':') ? parseIpv6(written) : null;
  return bytes === null ? null : ipv6Question(bytes, zone);
}

function ipv4Question(value: number, standsFor: string): PathQuestion {
  if (value === 0) {
    return ipv4Question(0x7f000001, '0.0.0.0 as a destination is this host: 127.0.0.1');
  }
  const bytes = Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
  return { version: 4, address: formatIpv4(value), bytes, zone: '', standsFor };
}

function ipv6Question(bytes: Uint8Array, zone: string): PathQuestion {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  const isZeroUpTo = (end: number): boolean => bytes.subarray(0, end).every((byte) => byte === 0);
  if (isZeroUpTo(16)) {
    const standsFor = ':: as a destination is this host: ::1';
    return { ...ipv6Question(Uint8Array.of(...new Uint8Array(15), 1), zone), standsFor };
  }
  if (isZeroUpTo(10) && view.getUint16(10) === 0xffff) {
    const ipv4 = view.getInt32(12);
    const mapped = ipv4Question(ipv4, `${formatIpv6(view, 0)} is sent as plain IPv4: ${formatIpv4(ipv4)}`);
    return mapped;
  }
  return { version: 6, address: formatIpv6(view, 0), bytes, zone, standsFor: '' };
}

/** True for addresses that mean something else on each link: fe80::/10, and multicast of interface or link scope. */
export function needsZone({ version, bytes }: PathQuestion): boolean {
  if (version === 4) return false;
  if (bytes[0] === 0xff) return (bytes[1] & 15) === 1 || (bytes[1] & 15) === 2;
  return bytes[0] === 0xfe && (bytes[1] & 0xc0) === 0x80;
}

const resolverWords: Record<string, string> = {
  ENOTFOUND: 'neither an address nor a name that the resolver knows',
  EINVAL: 'neither an address nor a name that can be resolved',
  EAI_AGAIN: 'the resolver has no answer for this name at the moment',
};

async function resolveName(name: string): Promise<string[]> {
  try {
    if (name === '' || name.includes('\0')) throw Object.assign(new Error(), { code: 'ENOTFOUND' });
    const found = await dns.lookup(name, { all: true, verbatim: true });
    return found.map(({ address }) => address);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const what = resolverWords[code ?? ''] ?? `cannot be resolved: ${message}`;
    throw new PathError(`path ${name}`, what, 'give an address, as in loscope path 127.0.0.1');
  }
}
