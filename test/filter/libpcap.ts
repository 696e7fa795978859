/** libpcap's program for a text, through the addon: the other half of every comparison. */
import { spawnSync } from 'node:child_process';
import type { BpfInstruction } from '../../src/capture/bpf.js';
import { LinkType, linkTypeName } from '../../src/capture/link-type.js';
import { loadNative, type Native, type NativeError } from '../../src/capture/native.js';

const snapLen = 262_144;
const dlts = new Map<number, number>([
  [LinkType.raw, 12],
  [LinkType.rawDltOpenbsd, 12],
]);

const native = loadNative();

/** A program; or what libpcap says against the text; or null where there is no libpcap. */
export function libpcapProgram(text: string, linkType: number): BpfInstruction[] | string | null {
  if ('reason' in native) return null;
  try {
    return unpack((native as Native).compileFilter(text, dlts.get(linkType) ?? linkType, snapLen));
  } catch (error) {
    const { code, message } = error as NativeError;
    return code === 'FILTER' ? message : null;
  }
}

export const isLibpcapHere = libpcapProgram('ip', LinkType.ethernet) !== null;

/** What libpcap says of a filter that no frame can pass; here it is a program like any other. */
export const rejectsAll = 'expression rejects all packets';

function unpack(bytes: Uint8Array): BpfInstruction[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / 8 }, (_, i) => ({
    code: view.getUint16(i * 8, true),
    jt: view.getUint8(i * 8 + 2),
    jf: view.getUint8(i * 8 + 3),
    k: view.getUint32(i * 8 + 4, true),
  }));
}

/** The same without libpcap's optimiser, through tcpdump; null where there is none. */
export function unoptimisedProgram(text: string, linkType: number): BpfInstruction[] | null {
  const args = ['-O', '-ddd', '-y', linkTypeName(linkType), '--', text];
  const { status, stdout } = spawnSync('tcpdump', args, { encoding: 'utf8', timeout: 5000 });
  if (status !== 0) return null;
  const [, ...rows] = stdout.trim().split('\n');
  return rows.map((row) => {
    const [code, jt, jf, k] = row.split(' ').map(Number);
    return { code, jt, jf, k };
  });
}

/** Without a file at hand, libpcap takes AF_INET6 of the host that it runs on. */
export const asLibpcap = { ip6Families: [10] };
