/**
 * Captures made from other captures: link types this machine has no device for, and damage.
 *
 * NULL: four bytes, the address family in the capturing host's byte order (LINKTYPE_NULL 0). The captures are written
 * as a little-endian macOS would: IPv4 is 2, IPv6 is 30 there. RAW: no link header at all (LINKTYPE_RAW 101).
 */
import { readPcap, relink } from './pcap-file.js';

const LINKTYPE_NULL = 0;
const LINKTYPE_RAW = 101;
const ETHERNET_HEADER_LEN = 14;
const ETHERTYPE_OFFSET = 12;
const SLL2_HEADER_LEN = 20;
const FAMILY_OF_ETHERTYPE = new Map([
  [0x0800, 2],
  [0x86dd, 30],
]);

export interface Rewriting {
  readonly file: string;
  readonly from: string;
  rewrite(file: Buffer): Buffer;
}

export const rewritings: readonly Rewriting[] = [
  { file: 'null-macos-lo0.pcap', from: 'ipv6-loopback.pcap', rewrite: ethernetToNull },
  { file: 'raw-any-without-link-header.pcap', from: 'any-sll2.pcap', rewrite: sll2ToRaw },
  { file: 'truncated-file.pcap', from: 'tcp-handshake-127.0.0.88-to-87.pcap', rewrite: cutFifthRecord },
];

function ethernetToNull(file: Buffer): Buffer {
  return relink(file, LINKTYPE_NULL, ETHERNET_HEADER_LEN, (frame) => {
    const family = FAMILY_OF_ETHERTYPE.get(frame.readUInt16BE(ETHERTYPE_OFFSET));
    if (family === undefined) throw new Error('a frame that is not IP has no address family');
    const header = Buffer.alloc(4);
    header.writeUInt32LE(family);
    return header;
  });
}

function sll2ToRaw(file: Buffer): Buffer {
  return relink(file, LINKTYPE_RAW, SLL2_HEADER_LEN, () => Buffer.alloc(0));
}

/** Ends the file ten bytes before the fifth frame does, as a full disk or a killed writer would. */
function cutFifthRecord(file: Buffer): Buffer {
  const fifth = readPcap(file)[4]!.data;
  return file.subarray(0, fifth.byteOffset - file.byteOffset + fifth.length - 10);
}
