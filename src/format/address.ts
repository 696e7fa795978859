/**
 * Addresses as text, and back.
 * Reference: RFC 5952 (IPv6 text), RFC 4291 2.2; IEEE 802 for hardware addresses.
 */

/** Dotted decimal of a 32-bit number, signed or not. */
export function formatIpv4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** RFC 5952 text of the 16 bytes at `offset`. */
export function formatIpv6(view: DataView, offset: number): string {
  const groups: number[] = [];
  for (let i = 0; i < 8; i++) groups.push(view.getUint16(offset + 2 * i));
  // Mapped addresses keep their dotted form (RFC 5952 5).
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${formatIpv4(view.getInt32(offset + 12))}`;
  }
  const { start, len } = longestZeroRun(groups);
  if (len < 2) return hexGroups(groups);
  return `${hexGroups(groups.slice(0, start))}::${hexGroups(groups.slice(start + len))}`;
}

function hexGroups(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(':');
}

function longestZeroRun(groups: readonly number[]): { start: number; len: number } {
  let best = { start: 0, len: 0 };
  for (let i = 0; i < groups.length; i++) {
    let end = i;
    while (end < groups.length && groups[end] === 0) end++;
    if (end - i > best.len) best = { start: i, len: end - i };
    i = Math.max(i, end - 1);
  }
  return best;
}

/** `aa:bb:cc:dd:ee:ff` of `len` bytes. */
export function formatMac(bytes: Uint8Array, offset: number, len = 6): string {
  return Array.from(bytes.subarray(offset, offset + len), (byte) => byte.toString(16).padStart(2, '0')).join(
    ':',
  );
}

/** The 32-bit number of dotted decimal text (four decimal parts, no other spelling), or null. */
export function parseIpv4(text: string): number | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return null;
  const parts = match.slice(1).map(Number);
  if (parts.some((part) => part > 255)) return null;
  return (parts[0] << 24) | (parts[1] << 16) | (parts[2] << 8) | parts[3];
}

/** The 16 bytes of IPv6 text (RFC 4291 2.2, with an embedded IPv4 tail), or null. */
export function parseIpv6(text: string): Uint8Array | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0], halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1], true) : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  const bytes = new Uint8Array(16);
  groups.forEach((group, i) => {
    bytes[2 * i] = group >> 8;
    bytes[2 * i + 1] = group & 255;
  });
  return bytes;
}

/** @param isTail the text ends the address: only there may an IPv4 address stand */
function parseGroups(text: string, isTail: boolean): number[] | null {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: number[] = [];
  for (const [i, part] of parts.entries()) {
    if (isTail && i === parts.length - 1 && part.includes('.')) {
      const ipv4 = parseIpv4(part);
      if (ipv4 === null) return null;
      groups.push(ipv4 >>> 16, ipv4 & 0xffff);
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return null;
  }
  return groups;
}

/** `127.0.0.1:80`, `[::1]:80` (RFC 5952 6), or the address alone when the port is 0. */
export function formatEndpoint(address: string, port: number): string {
  if (port === 0) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
