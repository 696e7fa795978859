/**
 * The least of the file formats that the lab needs: counting what a capture tool wrote so far, and rewriting a pcap
 * with another link type. It shares nothing with src/format on purpose: the captures are what that is tested with.
 *
 * pcap (draft-ietf-opsawg-pcap): 24 bytes, then records of 16 bytes and data. pcapng (draft-ietf-opsawg-pcapng):
 * blocks of type, total length, body, total length. Both only as this machine's tools write them, little-endian.
 */
const PCAP_HEADER_LEN = 24;
const PCAP_RECORD_LEN = 16;
const PCAP_LINKTYPE_OFFSET = 20;
const PCAPNG_SECTION = 0x0a0d0d0a;
const PCAPNG_ENHANCED_PACKET = 6;

export interface PcapRecord {
  /** Seconds and fraction, as they stand in the file. */
  readonly time: Buffer;
  readonly originalLen: number;
  readonly data: Buffer;
}

/** Complete records in a file that may still be growing; 0 before its header is there. */
export function countRecords(file: Buffer): number {
  if (file.length < PCAP_HEADER_LEN) return 0;
  if (file.readUInt32LE(0) !== PCAPNG_SECTION) return readPcap(file).length;
  let records = 0;
  for (let at = 0; at + 8 <= file.length; at += file.readUInt32LE(at + 4)) {
    if (at + file.readUInt32LE(at + 4) > file.length) break;
    if (file.readUInt32LE(at) === PCAPNG_ENHANCED_PACKET) records += 1;
  }
  return records;
}

/** The complete records of a pcap; views into `file`. */
export function readPcap(file: Buffer): PcapRecord[] {
  const records: PcapRecord[] = [];
  let at = PCAP_HEADER_LEN;
  while (at + PCAP_RECORD_LEN <= file.length) {
    const dataOffset = at + PCAP_RECORD_LEN;
    const end = dataOffset + file.readUInt32LE(at + 8);
    if (end > file.length) break;
    const time = file.subarray(at, at + 8);
    records.push({ time, originalLen: file.readUInt32LE(at + 12), data: file.subarray(dataOffset, end) });
    at = end;
  }
  return records;
}

/** The same file with another link type and every link header replaced by what `linkHeader` makes of the frame. */
export function relink(
  file: Buffer,
  linkType: number,
  oldHeaderLen: number,
  linkHeader: (frame: Buffer) => Buffer,
): Buffer {
  const header = Buffer.from(file.subarray(0, PCAP_HEADER_LEN));
  header.writeUInt32LE(linkType, PCAP_LINKTYPE_OFFSET);
  const parts: Buffer[] = [header];
  for (const { time, originalLen, data } of readPcap(file)) {
    const link = linkHeader(data);
    const lengths = Buffer.alloc(8);
    lengths.writeUInt32LE(link.length + data.length - oldHeaderLen, 0);
    lengths.writeUInt32LE(link.length + originalLen - oldHeaderLen, 4);
    parts.push(time, lengths, link, data.subarray(oldHeaderLen));
  }
  return Buffer.concat(parts);
}
