/**
 * Numbers for people: grouped counts, byte sizes, rates, durations.
 */

/** `1,234,567`. */
export function formatCount(count: number): string {
  // Not Intl.NumberFormat: making one takes 20 ms, which every command would pay.
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');
}

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Decimal units and three figures: `740 B`, `98.1 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1000;
    unit++;
  }
  if (unit === 0) return `${Math.round(value)} B`;
  return `${value >= 99.95 ? value.toFixed(0) : value.toFixed(1)} ${byteUnits[unit]}`;
}

/** A rate of packets: `0`, `0.4`, `12`, `12,345`. */
export function formatPerSecond(perSecond: number): string {
  if (perSecond > 0 && perSecond < 9.95) return perSecond.toFixed(1);
  return formatCount(Math.round(perSecond));
}

/** `00:01:23` of whole seconds; hours grow as needed. */
export function formatClock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}

/** `1.234 s`, `56.7 ms`, `89 µs` of nanoseconds. */
export function formatDuration(ns: number): string {
  if (ns >= 1e9) return `${(ns / 1e9).toFixed(3)} s`;
  if (ns >= 1e6) return `${(ns / 1e6).toFixed(1)} ms`;
  return `${Math.round(ns / 1e3)} µs`;
}

/** `0x0800`: a field of `len` bytes with all its digits. */
export function formatHex(value: number, len: number): string {
  return `0x${value.toString(16).padStart(2 * len, '0')}`;
}

/** `1 byte`, `2 bytes`. */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : many}`;
}
