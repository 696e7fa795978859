/**
 * Where a large pcap file can be cut in two, so that both parts can be read at the same time. Records have no mark at
 * which they begin: a place is looked for at which many records could follow one another. Whoever reads the first part
 * up to there finds out whether it was one.
 *
 *     | header | record | record | .. | record | record ..........|
 *                                     ^ position, about the middle
 */
import fs from 'node:fs';
import { stdinName } from './byte-source.js';
import type { LinkType } from './link-type.js';
import { isPcapMagic, maxCapLen, type PcapHeader, readPcapHeader } from './pcap-reader.js';
import { TimestampWriter } from './timestamp.js';

const fileHeaderLen = 24;
/** Below this a second thread costs more than it saves. */
const minFileBytes = 48 << 20;
/** Where the place is looked for: room for one largest frame and many usual ones. */
const windowBytes = 1 << 19;
/** Records that must follow one another. */
const chainRecords = 16;
/** How far the times of neighbouring records may lie apart. */
const maxGapSeconds = 86400 * 366;

export interface PcapCut {
  /** Byte position of a record. */
  readonly position: number;
  readonly linkType: LinkType;
  /** Time of the file's first record: high and low word, signed. */
  readonly firstHigh: number;
  readonly firstLow: number;
}

/** The cut of a plain pcap file; null for a small or compressed one, another format, or where no place is found. */
export function findPcapCut(path: string): PcapCut | null {
  if (path === stdinName) return null;
  let fd = -1;
  try {
    // Looked at before it is opened: the writer of a FIFO would take this for its reader.
    const stat = fs.statSync(path);
    if (!stat.isFile() || stat.size < minFileBytes) return null;
    fd = fs.openSync(path, 'r');
    return cutOf(fd, path, stat.size);
  } catch {
    return null; // Whoever reads the file says why.
  } finally {
    if (fd >= 0) fs.closeSync(fd);
  }
}

function cutOf(fd: number, path: string, fileBytes: number): PcapCut | null {
  const bytes = Buffer.alloc(windowBytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, windowBytes);
  if (fs.readSync(fd, bytes, 0, fileHeaderLen + 8, 0) < fileHeaderLen + 8) return null;
  if (!isPcapMagic(view, 0)) return null;
  const header = readPcapHeader(view, 0, path);
  if (header.lengths !== 'normal') return null;
  const seconds = view.getUint32(fileHeaderLen, header.littleEndian);
  const fraction = view.getUint32(fileHeaderLen + 4, header.littleEndian);
  const words = new Int32Array(2);
  new TimestampWriter().write(words, 0, seconds, fraction * (header.nanoseconds ? 1 : 1000));
  const middle = Math.floor(fileBytes / 2);
  const end = fs.readSync(fd, bytes, 0, windowBytes, middle);
  const place = findRecord(view, end, header);
  if (place < 0) return null;
  return { position: middle + place, linkType: header.linkType, firstHigh: words[1], firstLow: words[0] };
}

/** The first index from which on records could stand, or -1. */
function findRecord(view: DataView, end: number, header: PcapHeader): number {
  for (let at = 0; at < end; at++) {
    let next = at;
    let records = 0;
    let seconds = -1;
    while (records < chainRecords) {
      const recordLen = plausibleRecordLen(view, next, end, header, seconds);
      if (recordLen === 0) break;
      seconds = view.getUint32(next, header.littleEndian);
      next += recordLen;
      records++;
    }
    if (records === chainRecords) return at;
  }
  return -1;
}

/** Bytes of the record that could begin at an index, or 0 when none could. */
function plausibleRecordLen(
  view: DataView,
  at: number,
  end: number,
  { littleEndian, nanoseconds, recordHeaderLen, snapLen, linkType }: PcapHeader,
  secondsBefore: number,
): number {
  if (at + recordHeaderLen > end) return 0;
  const capLen = view.getUint32(at + 8, littleEndian);
  const origLen = view.getUint32(at + 12, littleEndian);
  const most = snapLen > 0 ? Math.min(snapLen, maxCapLen(linkType)) : maxCapLen(linkType);
  if (capLen === 0 || capLen > most || capLen > origLen) return 0;
  if (view.getUint32(at + 4, littleEndian) >= (nanoseconds ? 1_000_000_000 : 1_000_000)) return 0;
  const seconds = view.getUint32(at, littleEndian);
  if (secondsBefore >= 0 && Math.abs(seconds - secondsBefore) > maxGapSeconds) return 0;
  return recordHeaderLen + capLen;
}
