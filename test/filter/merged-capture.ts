/**
 * The frames of many captures put together, one classic pcap a link type, so that tcpdump reads all of them at once.
 * A frame's time is its number among those of its link type: what tcpdump writes says which frames it selected.
 * Reference: draft-ietf-opsawg-pcap.
 */
import fs from 'node:fs';
import { CaptureError } from '../../src/capture/capture-error.js';
import { openCapture } from '../../src/capture/open-capture.js';
import type { Frame } from './bpf-machine.js';

const fileHeaderLen = 24;
const recordHeaderLen = 16;
const snapLen = 262_144;
const microsecondsPerSecond = 1_000_000;

/** Adds every frame of a file, up to where it is damaged, to those of its link type. */
export async function addFrames(path: string, frames: Map<number, Frame[]>): Promise<void> {
  try {
    const source = await openCapture(path, 'fast');
    try {
      for await (const batch of source) {
        const { linkType, bytes, offset, capLen, origLen, count } = batch;
        const own = frames.get(linkType) ?? [];
        frames.set(linkType, own);
        for (let i = 0; i < count; i++) {
          own.push({ bytes: bytes.slice(offset[i], offset[i] + capLen[i]), origLen: origLen[i] });
        }
        batch.release();
      }
    } finally {
      await source.close();
    }
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
  }
}

/** Writes frames as a capture, each with its index as its time in microseconds. */
export function writeNumbered(path: string, linkType: number, frames: readonly Frame[]): void {
  const total = frames.reduce((sum, { bytes }) => sum + recordHeaderLen + bytes.length, fileHeaderLen);
  const file = new Uint8Array(total);
  const view = new DataView(file.buffer);
  view.setUint32(0, 0xa1b2c3d4, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, snapLen, true);
  view.setUint32(20, linkType, true);
  let at = fileHeaderLen;
  for (const [i, { bytes, origLen }] of frames.entries()) {
    view.setUint32(at, Math.floor(i / microsecondsPerSecond), true);
    view.setUint32(at + 4, i % microsecondsPerSecond, true);
    view.setUint32(at + 8, bytes.length, true);
    view.setUint32(at + 12, origLen, true);
    file.set(bytes, at + recordHeaderLen);
    at += recordHeaderLen + bytes.length;
  }
  fs.writeFileSync(path, file);
}
