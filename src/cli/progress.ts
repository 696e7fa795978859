/**
 * A progress line on long work: on standard error, on a terminal only, several times a second at most.
 */
import type { Snapshot } from '../analysis/port.js';
import { formatBytes, formatCount } from '../format/units.js';

const firstAfterMs = 500;
const everyMs = 200;
const clearLine = '\r\u001b[K';

/** Shows progress until the returned function is called, which clears the line. */
export function showProgress(snapshot: () => Snapshot): () => void {
  if (process.stderr.isTTY !== true) return () => {};
  const began = performance.now();
  let isShown = false;
  const timer = setInterval(() => {
    const seconds = (performance.now() - began) / 1000;
    if (seconds * 1000 < firstAfterMs) return;
    isShown = true;
    process.stderr.write(`${clearLine}${progressText(snapshot(), seconds)}`);
  }, everyMs);
  return () => {
    clearInterval(timer);
    if (isShown) process.stderr.write(clearLine);
  };
}

/** `42 %  1,234,567 frames  120 MB  ~3 s left`; without percentage where a pipe does not tell its size. */
export function progressText(snapshot: Snapshot, seconds: number): string {
  const read = snapshot.sources.reduce((sum, source) => sum + source.bytesRead, 0);
  const total = snapshot.sources.reduce((sum, source) => sum + source.bytesTotal, 0);
  const parts = [`${formatCount(snapshot.frames)} frames`, formatBytes(read)];
  const isSized = snapshot.sources.every((source) => source.bytesTotal > 0) && read > 0;
  if (isSized) {
    parts.unshift(`${Math.min(100, Math.floor((100 * read) / total))} %`);
    parts.push(`~${Math.ceil((seconds * Math.max(0, total - read)) / read)} s left`);
  }
  return parts.join('  ');
}
