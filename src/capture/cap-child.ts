/**
 * The process that holds the package `cap`: captures one interface and writes what it sees to its standard
 * output as classic pcap with nanoseconds.
 *
 * A process of its own, because the package asserts when its interface goes down, which would end the whole
 * program, and because its loop takes packets until none is left, which would starve the dashboard. A full pipe
 * makes it wait, and then the kernel drops: memory is bounded.
 *
 *     IPC: one CapRequest in, one CapReply out      stdout: pcap, ns      ends when the parent does
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import process from 'node:process';
import { type CapReply, type CapRequest, capSnapLen } from './cap-request.js';
import { linkTypeOfName } from './link-type.js';
import { dropPrivilege } from './privilege.js';

/** What this file uses of the package. */
interface CapModule {
  Cap: new () => CapHandle;
}
interface CapHandle {
  open(device: string, filter: string, bufferBytes: number, buffer: Buffer): string;
  on(event: 'packet', listener: (bytes: number, isTruncated: boolean) => void): void;
}

const magicNs = 0xa1b23c4d;
const recordHeaderLen = 16;
const flushBytes = 1 << 18;
const stdout = 1;

function main(request: CapRequest): void {
  const reply = (message: CapReply): void => void process.send?.(message);
  let module: CapModule;
  try {
    module = createRequire(import.meta.url)('cap') as CapModule;
  } catch (error) {
    reply({ error: 'load', message: String((error as Error).message) });
    process.disconnect();
    return;
  }
  let flush: () => void;
  try {
    flush = capture(new module.Cap(), request);
  } catch (error) {
    reply({ error: 'open', message: String((error as Error).message) });
    process.disconnect();
    return;
  }
  dropPrivilege();
  // Ctrl-C reaches every process of the terminal; the parent decides when this one ends.
  process.on('SIGINT', () => {});
  process.on('disconnect', () => {
    flush();
    process.exit(0);
  });
  reply({ error: null, message: '' });
}

/** Starts capturing. @returns what writes everything seen so far */
function capture(cap: CapHandle, request: CapRequest): () => void {
  // The package writes each packet here and does not keep it alive: this scope lives as long as the listener below.
  const packet = Buffer.alloc(capSnapLen);
  const linkTypeText = cap.open(request.interface, request.filter, request.bufferBytes, packet);
  const pending = Buffer.alloc(flushBytes + recordHeaderLen + capSnapLen);
  const linkType = linkTypeOf(linkTypeText);
  if (linkType < 0) throw new Error(`link type ${linkTypeText} is not decoded`);
  let used = writeFileHeader(pending, linkType, request.snapLen);
  let isFlushDue = false;
  const flush = (): void => {
    isFlushDue = false;
    writeAll(pending.subarray(0, used));
    used = 0;
  };
  flush();
  cap.on('packet', (bytes) => {
    const capLen = Math.min(bytes, request.snapLen);
    const micros = Math.round((performance.timeOrigin + performance.now()) * 1000);
    pending.writeUInt32LE(Math.floor(micros / 1e6), used);
    pending.writeUInt32LE((micros % 1e6) * 1000, used + 4);
    pending.writeUInt32LE(capLen, used + 8);
    pending.writeUInt32LE(bytes, used + 12);
    packet.copy(pending, used + recordHeaderLen, 0, capLen);
    used += recordHeaderLen + capLen;
    if (used >= flushBytes) flush();
    else if (!isFlushDue) {
      // Packets of one turn of the event loop travel together.
      isFlushDue = true;
      setImmediate(flush);
    }
  });
  return flush;
}

function linkTypeOf(text: string): number {
  const unknown = /^Unknown linktype (\d+)$/.exec(text);
  return unknown === null ? linkTypeOfName(text.replace(/^LINKTYPE_/, '')) : Number(unknown[1]);
}

function writeFileHeader(into: Buffer, linkType: number, snapLen: number): number {
  into.writeUInt32LE(magicNs, 0);
  into.writeUInt16LE(2, 4);
  into.writeUInt16LE(4, 6);
  into.writeUInt32LE(snapLen, 16);
  into.writeUInt32LE(linkType, 20);
  return 24;
}

/** Writes everything, waiting while the pipe is full. */
function writeAll(bytes: Uint8Array): void {
  let at = 0;
  while (at < bytes.length) {
    try {
      at += fs.writeSync(stdout, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') process.exit(0); // The parent is gone.
    }
  }
}

process.once('message', (request) => main(request as CapRequest));
