/**
 * Text of the kernel whose parts others chose, names of interfaces above all: any bytes, mostly UTF-8. A byte that is none
 * becomes a lone surrogate, so that the text is the same bytes again whatever they were (Python's surrogateescape, PEP 383):
 *
 *     76 c3 a9 30  ⇄  v é 0          76 e9 30  ⇄  v \udce9 0
 */
import { Buffer, isUtf8 } from 'node:buffer';

const escapeBase = 0xdc00;
const escaped = /([\udc80-\udcff])/u;

export function textOfBytes({ buffer, byteOffset, length }: Uint8Array): string {
  const bytes = Buffer.from(buffer, byteOffset, length);
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let text = '';
  for (let at = 0; at < length; ) {
    const end = at + runLen(bytes, at);
    text += end > at ? bytes.toString('utf8', at, end) : String.fromCharCode(escapeBase + bytes[at]);
    at = Math.max(end, at + 1);
  }
  return text;
}

export function bytesOfText(text: string): Uint8Array {
  if (!escaped.test(text)) return Buffer.from(text, 'utf8');
  const parts = text.split(escaped);
  return Buffer.concat(
    parts.map((part) =>
      escaped.test(part) ? Buffer.of(part.charCodeAt(0) & 0xff) : Buffer.from(part, 'utf8'),
    ),
  );
}

/** Bytes from here on that are ASCII, or one character of UTF-8; 0 for what is neither. */
function runLen(bytes: Buffer, at: number): number {
  let end = at;
  while (end < bytes.length && bytes[end] < 0x80) end++;
  if (end > at) return end - at;
  const len = bytes[at] >= 0xf0 ? 4 : bytes[at] >= 0xe0 ? 3 : 2;
  return at + len <= bytes.length && isUtf8(bytes.subarray(at, at + len)) ? len : 0;
}
