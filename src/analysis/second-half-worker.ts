/**
 * The thread that reads the second half of a pcap file (see second-half.ts): takes a SecondHalfTask as its data and posts
 * the PipelineState of its half, or null where anything was wrong: the first thread then reads on and meets it itself.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { openCapture } from '../capture/open-capture.js';
import { PcapReader } from '../capture/pcap-reader.js';
import { FirstSyns } from '../flow/first-syns.js';
import { Pipeline, type PipelineState } from './pipeline.js';
import type { SecondHalfTask } from './second-half.js';

async function readHalf({ path, cut, ...options }: SecondHalfTask): Promise<PipelineState | null> {
  const source = await openCapture(path, 'fast');
  if (!(source instanceof PcapReader)) return null;
  source.startAt = cut.position;
  const pipeline = new Pipeline([source], { ...options, liveHost: null });
  pipeline.flows.firstSyns = new FirstSyns();
  pipeline.timeline.seek(cut.firstHigh, cut.firstLow);
  for await (const batch of source) {
    pipeline.ingest(0, batch);
    batch.release();
  }
  return pipeline.state();
}

async function answer(): Promise<void> {
  const state = await readHalf(workerData as SecondHalfTask).catch(() => null);
  const memory =
    state === null
      ? []
      : [state.flows.entries.buffer as ArrayBuffer, state.flows.firstTime.buffer as ArrayBuffer];
  parentPort?.postMessage(state, memory);
}

void answer();
