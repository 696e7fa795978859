/** Frames of captures, copied out, by link type; and batches made of frames. */
import { FrameBatchBuffer } from '../../src/capture/frame-batch.js';
import { openCapture } from '../../src/capture/open-capture.js';
import { ownCaptures } from '../corpus.js';
import type { Frame } from './bpf-machine.js';

/** Most frames of one file: enough of each, and the large files are long repetitions. */
const mostOfFile = 400;

/** The frames of every file in captures/, by link type. */
export async function framesByLinkType(): Promise<Map<number, Frame[]>> {
  const frames = new Map<number, Frame[]>();
  for (const path of ownCaptures()) {
    for (const [linkType, some] of await framesOf(path)) {
      frames.set(linkType, [...(frames.get(linkType) ?? []), ...some]);
    }
  }
  return frames;
}

async function framesOf(path: string): Promise<Map<number, Frame[]>> {
  const frames = new Map<number, Frame[]>();
  const source = await openCapture(path, 'fast');
  let taken = 0;
  try {
    for await (const { linkType, bytes, offset, capLen, origLen, count } of source) {
      const own = frames.get(linkType) ?? [];
      for (let i = 0; i < count && taken < mostOfFile; i++, taken++) {
        own.push({ bytes: bytes.slice(offset[i], offset[i] + capLen[i]), origLen: origLen[i] });
      }
      frames.set(linkType, own);
    }
  } catch {
    // A file that is cut short: what came before counts.
  } finally {
    await source.close();
  }
  return frames;
}

/** All frames behind each other, as a source lends them. */
export function batchOf(frames: readonly Frame[], linkType = 1): FrameBatchBuffer {
  const batch = new FrameBatchBuffer(frames.length);
  // Bytes around each frame, so that a read outside it would find some.
  const gap = 64;
  const bytes = new Uint8Array(frames.reduce((total, frame) => total + frame.bytes.length + gap, gap)).fill(
    0x5a,
  );
  batch.rebind(bytes, new DataView(bytes.buffer), 0, linkType);
  let at = gap;
  for (const [i, frame] of frames.entries()) {
    bytes.set(frame.bytes, at);
    batch.offset[i] = at;
    batch.capLen[i] = frame.bytes.length;
    batch.origLen[i] = frame.origLen;
    at += frame.bytes.length + gap;
  }
  batch.count = frames.length;
  return batch;
}
