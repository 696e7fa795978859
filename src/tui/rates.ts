/**
 * Rates and history of a live capture, from the differences between snapshots: frames and bytes a second over the
 * last second or so, and frames by locality in whole seconds for the sparklines.
 */
import type { Snapshot } from '../analysis/port.js';

interface Sample {
  readonly atMs: number;
  readonly frames: number;
  readonly originalBytes: number;
  /** By Locality value. */
  readonly localities: readonly number[];
}

/** Frames by Locality value in one second. */
interface Second {
  readonly second: number;
  readonly counts: readonly number[];
}

export interface Rates {
  /** Of the last second or so, oldest first. */
  readonly samples: readonly Sample[];
  /** Oldest first; seconds without a snapshot are missing. */
  readonly seconds: readonly Second[];
  readonly framesPerSecond: number;
  readonly bytesPerSecond: number;
  /** By Locality value. */
  readonly localityPerSecond: readonly number[];
}

/** A rate is taken over this long, so that it neither flickers nor lags. */
const windowMs = 1000;
/** Two snapshots closer than this say nothing about a rate. */
const shortestMs = 50;
/** The widest terminal supported, 300 columns, has room for two minutes of one-second bars. */
const keptSeconds = 120;

export const noRates: Rates = {
  samples: [],
  seconds: [],
  framesPerSecond: 0,
  bytesPerSecond: 0,
  localityPerSecond: [],
};

/** The rates with one more snapshot, taken at `atMs`. Counters that went back (cleared) start it anew. */
export function addSnapshot(rates: Rates, snapshot: Snapshot, atMs: number): Rates {
  const now: Sample = {
    atMs,
    frames: snapshot.frames,
    originalBytes: snapshot.originalBytes,
    localities: snapshot.localities.map((count) => count.frames),
  };
  const last = rates.samples.at(-1);
  if (last === undefined || now.frames < last.frames) return { ...noRates, samples: [now] };
  const samples = [...trim(rates.samples, atMs), now];
  const first = samples[0];
  const seconds = addSecond(rates.seconds, last, now);
  if (now.atMs - first.atMs < shortestMs) return { ...rates, samples, seconds };
  const perSecond = 1000 / (now.atMs - first.atMs);
  return {
    samples,
    seconds,
    framesPerSecond: (now.frames - first.frames) * perSecond,
    bytesPerSecond: (now.originalBytes - first.originalBytes) * perSecond,
    localityPerSecond: now.localities.map((frames, i) => (frames - (first.localities[i] ?? 0)) * perSecond),
  };
}

/** Keeps the newest sample that is at least a window old, and those after it. */
function trim(samples: readonly Sample[], atMs: number): readonly Sample[] {
  let start = 0;
  while (start + 1 < samples.length && samples[start + 1].atMs <= atMs - windowMs) start++;
  return samples.slice(start);
}

function addSecond(seconds: readonly Second[], last: Sample, now: Sample): readonly Second[] {
  const second = Math.floor(now.atMs / 1000);
  const gained = now.localities.map((frames, i) => frames - (last.localities[i] ?? 0));
  const current = seconds.at(-1);
  if (current?.second !== second) return [...seconds, { second, counts: gained }].slice(-keptSeconds);
  const counts = current.counts.map((count, i) => count + (gained[i] ?? 0));
  return [...seconds.slice(0, -1), { second, counts }];
}

/**
 * Frames of the localities given for each bar of a sparkline `cells` wide, newest last. At least 30 s are shown:
 * where there are fewer cells, a bar stands for several seconds, on fixed boundaries so that bars do not flicker.
 */
export function history(rates: Rates, localities: readonly number[], cells: number, atMs: number): number[] {
  const step = Math.max(1, Math.ceil(30 / Math.max(1, cells)));
  const lastBar = Math.floor(atMs / 1000 / step);
  const bars = new Array<number>(Math.min(cells, keptSeconds)).fill(0);
  for (const { second, counts } of rates.seconds) {
    const bar = bars.length - 1 - (lastBar - Math.floor(second / step));
    if (bar < 0 || bar >= bars.length) continue;
    for (const locality of localities) bars[bar] += counts[locality] ?? 0;
  }
  return bars;
}
