/**
 * Opens a capture by what is in it and never by what it is called: compression first, then the container.
 * What was looked at stays in the window, so that a pipe loses nothing.
 */
import { type ByteSource, openByteSource } from './byte-source.js';
import { CaptureError } from './capture-error.js';
import { ChunkWindow } from './chunk-window.js';
import { compressionOf, decompress } from './decompress.js';
import { notFollowed, openFollowed } from './followed-file.js';
import { formatHint } from './format-hint.js';
import { fileHeaderCut } from './pcap-damage.js';
import { PcapFrameReader } from './pcap-frame-reader.js';
import { needsFastEngine, PcapParserSource, requireClassic } from './pcap-parser-source.js';
import { isPcapMagic, PcapReader, readPcapHeader } from './pcap-reader.js';
import { BlockType, byteOrderMagic } from './pcapng-blocks.js';
import { PcapngReader } from './pcapng-reader.js';
import type { RandomAccess } from './random-access.js';
import type { EngineName, Source } from './source.js';
import { openSpool } from './spool.js';

const pcapHeaderLen = 24;

export interface OpenOptions {
  /**
   * Bytes to keep of what cannot be read twice, so that its frames can be; 0 keeps none.
   * Infinity is as much as spool.ts allows.
   */
  readonly spoolBytes: number;
  /** Waits at the end of a regular file for more of it. */
  readonly follow: boolean;
}

const readOnce: OpenOptions = { spoolBytes: 0, follow: false };

/**
 * Opens a path, or standard input for `-`.
 * @throws CaptureError `unreadable`, `not-a-capture`, `decompression`, and `engine` where the reference engine is
 *   asked for what it cannot read
 */
export async function openCapture(path: string, engine: EngineName, options = readOnce): Promise<Source> {
  const input = options.follow ? openFollowed(path) : openByteSource(path);
  try {
    return await openSource(path, engine, input, options);
  } catch (error) {
    await input.close();
    throw error;
  }
}

/** The same over bytes from anywhere; the source owns `input` once it is returned. */
export async function openSource(
  name: string,
  engine: EngineName,
  input: ByteSource,
  options = readOnce,
): Promise<Source> {
  let bytes = input;
  let window = new ChunkWindow(input);
  // Not more than a magic: a program that writes into a pipe may send the file header long before a packet.
  await window.fill(4);
  if (window.available === 0) throw notCapture(name, 'the file is empty');
  const compression = compressionOf(window);
  if (compression !== null) {
    if (options.follow) throw notFollowed(name, `${compression} data`);
    bytes = decompress(compression, name, window);
    window = new ChunkWindow(bytes);
    await window.fill(4);
    if (window.available === 0) throw notCapture(name, `nothing is in its ${compression} data`);
    const inner = compressionOf(window);
    if (inner !== null) {
      throw notCapture(name, `${inner} data inside ${compression} data`, 'decompress it once');
    }
  }
  const openAccess = () => (compression === null ? input.openAccess?.() : null) ?? spoolOf(window, options);
  if (await isPcapng(window)) {
    if (engine === 'reference')
      throw needsFastEngine(name, 'the reference engine does not read pcapng files');
    const source = new PcapngReader(name, bytes, window);
    const access = openAccess();
    if (access !== null) source.readAgainFrom(access);
    return source;
  }
  if (window.available >= 4 && isPcapMagic(window.view, window.start)) {
    if (!(await window.fill(pcapHeaderLen))) throw fileHeaderCut(name, window.available, pcapHeaderLen);
    const header = readPcapHeader(window.view, window.start, name);
    if (engine === 'reference') requireClassic(header, name);
    const Reader = engine === 'fast' ? PcapReader : PcapParserSource;
    const source = new Reader(name, bytes, window);
    const access = openAccess();
    if (access !== null) source.frames = new PcapFrameReader(access, header);
    return source;
  }
  const hint = formatHint(window.bytes.subarray(window.start, window.end));
  throw notCapture(name, `neither a pcap nor a pcapng file${hint === '' ? '' : `; it looks like ${hint}`}`);
}

/** Keeps the bytes from the window's start on, where they are wanted. */
function spoolOf(window: ChunkWindow, { spoolBytes }: OpenOptions): RandomAccess | null {
  if (spoolBytes === 0) return null;
  const spool = openSpool(spoolBytes);
  window.copyTo((bytes) => spool.append(bytes));
  return spool;
}

/** The type of a section header reads as four line ends; only with the magic behind it, it is one. */
async function isPcapng(window: ChunkWindow): Promise<boolean> {
  if (window.available < 4 || window.view.getUint32(window.start) !== BlockType.sectionHeader) return false;
  if (!(await window.fill(12))) return false;
  const { view, start } = window;
  return view.getUint32(start + 8, true) === byteOrderMagic || view.getUint32(start + 8) === byteOrderMagic;
}

function notCapture(name: string, what: string, advice = 'name a pcap or pcapng file'): CaptureError {
  return new CaptureError('not-a-capture', name, what, 0, advice);
}
