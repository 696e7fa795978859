/**
 * A large pcap file read by two threads: this one takes the first half, another the second, and what they found is
 * joined (Pipeline.join). Where the halves cannot be joined exactly, or the file was not cut at a record, this thread
 * reads on as if there were no other.
 *
 *     this thread    | file header | first half .... | join, or read on: second half .... |
 *     the other                      | second half .... |
 *
 * Worth it only where the second core is free: on two cores that others used too, `summary` over 5 million small frames took
 * 1.09 × the time of one thread (1.5 × the CPU time), and 1.37 × with a million flows to join (paired runs, loops in C).
 */
import os from 'node:os';
import { Worker } from 'node:worker_threads';
import { LinkType } from '../capture/link-type.js';
import { findPcapCut, type PcapCut } from '../capture/pcap-cut.js';
import { PcapReader } from '../capture/pcap-reader.js';
import type { InterfaceRole, Source } from '../capture/source.js';
import type { Pipeline, PipelineState } from './pipeline.js';

/** What the other thread needs. */
export interface SecondHalfTask {
  readonly path: string;
  readonly cut: PcapCut;
  readonly hostAddresses: readonly string[];
  readonly roles: ReadonlyMap<string, InterfaceRole>;
}

/** A second half that is being read. */
export interface SecondHalf {
  /** Makes the source of the first half end where the second begins, if the halves can be joined. */
  attach(source: Source, pipeline: Pipeline): void;
  /** Ends the other thread. */
  stop(): void;
}

/**
 * Starts reading the second half of a file.
 * @returns null where the file is better read by one thread
 */
export function startSecondHalf(
  path: string,
  options: Pick<SecondHalfTask, 'hostAddresses' | 'roles'>,
): SecondHalf | null {
  if (os.availableParallelism() < 2) return null;
  const cut = findPcapCut(path);
  if (cut === null || learnsFromTraffic(cut, options)) return null;
  const task: SecondHalfTask = { path, cut, hostAddresses: options.hostAddresses, roles: options.roles };
  const worker = new Worker(new URL('./second-half-worker.js', import.meta.url), { workerData: task });
  const stop = (): void => void worker.terminate();
  const answer = new Promise<PipelineState | null>((resolve) => {
    worker.once('message', resolve);
    worker.once('error', () => resolve(null));
    worker.once('exit', () => resolve(null));
  });
  return {
    attach: (source, pipeline) => {
      if (!(source instanceof PcapReader)) return;
      source.cut = {
        position: cut.position,
        reached: async (position) => {
          const state = position === cut.position ? await answer : null;
          return state !== null && pipeline.join(state);
        },
        abandon: stop,
      };
    },
    stop,
  };
}

/**
 * Only in a cooked capture can frames of loopback and of wires stand in one pcap file, and what the first show of the
 * host changes what is said of the others.
 */
function learnsFromTraffic(
  { linkType }: PcapCut,
  { hostAddresses }: Pick<SecondHalfTask, 'hostAddresses'>,
): boolean {
  const isCooked = linkType === LinkType.linuxSll || linkType === LinkType.linuxSll2;
  return isCooked && hostAddresses.length === 0;
}
