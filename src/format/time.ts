/**
 * Timestamps as text: RFC 3339 with nanoseconds, UTC.
 */

const nsPerSecond = 1_000_000_000n;

/** Seconds since the epoch past which Date cannot go. */
const maxDateSeconds = 8_640_000_000_000n;

/** `2026-11-22T05:13:21.123456789Z`; the bare nanoseconds where a capture claims a year beyond 275760. */
export function formatRfc3339(ns: bigint): string {
  let seconds = ns / nsPerSecond;
  let fraction = ns % nsPerSecond;
  if (fraction < 0n) {
    seconds -= 1n;
    fraction += nsPerSecond;
  }
  if (seconds > maxDateSeconds || seconds < -maxDateSeconds) return `${ns}ns`;
  const date = new Date(Number(seconds) * 1000).toISOString();
  return `${date.slice(0, date.lastIndexOf('.'))}.${String(fraction).padStart(9, '0')}Z`;
}

/** `05:13:21.123456`: the time of day, as packet lists show it. */
export function formatTimeOfDay(ns: bigint): string {
  const text = formatRfc3339(ns);
  const t = text.lastIndexOf('T');
  return t < 0 ? text : text.slice(t + 1, t + 16);
}
