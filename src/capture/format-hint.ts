/**
 * What a file that is not a capture of a format read here looks like, for the error's text.
 */

const signatures: [what: string, signature: string | number[]][] = [
  ['a snoop file', 'snoop\0\0\0'],
  ['a Microsoft Network Monitor 2 file', 'GMBU'],
  ['a Microsoft Network Monitor 1 file', 'RTSS'],
  ['a NetXRay or Windows Sniffer file', 'XCP\0'],
  ['a DOS Sniffer file', 'TRSNIFF data'],
  ['an AIX iptrace file', 'iptrace '],
  ['a Vector BLF file', 'LOGG'],
  ['a Visual Networks file', [0x05, 0x56, 0x4e, 0x46]],
  ['an hcidump btsnoop file', 'btsnoop\0'],
  ['an xz archive', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]],
  ['a bzip2 archive', 'BZh'],
  ['a zip archive', 'PK\x03\x04'],
  ['a program', '\x7fELF'],
  ['a PDF document', '%PDF'],
  ['a systemd journal', 'LPKSHHRH'],
  ['a PNG image', [0x89, 0x50, 0x4e, 0x47]],
  ['an SQLite database', 'SQLite format 3'],
];

const textLen = 256;

/** `a snoop file`, `text`, …, or '' when the bytes say nothing. */
export function formatHint(bytes: Uint8Array): string {
  for (const [what, signature] of signatures) {
    const codes =
      typeof signature === 'string' ? [...signature].map((char) => char.charCodeAt(0)) : signature;
    if (codes.every((code, index) => bytes[index] === code)) return what;
  }
  const head = bytes.subarray(0, textLen);
  const isText = head.every(
    (byte) => (byte >= 32 && byte !== 127) || byte === 9 || byte === 10 || byte === 13,
  );
  return isText && head.length > 0 ? 'text' : '';
}
