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

/** Date, time of day, fraction, offset; the date or the seconds and what follows them may be left out. */
const timePattern =
  /^(?:(\d{4}-\d\d-\d\d)(?:[T ](?=\d)|$))?(?:(\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?$/i;
const nsPerDay = 86_400n * nsPerSecond;

/**
 * A time as people write it: RFC 3339, also with a blank for the `T`, without seconds or without an offset (UTC then);
 * or a time of day alone, as packet lists show it.
 * @returns nanoseconds since the epoch, or since midnight; null for what is no time
 */
export function parseTime(text: string): { ns: bigint; isTimeOfDay: boolean } | null {
  const match = timePattern.exec(text);
  if (match === null) return null;
  const [, date, time, fraction = '', offset = 'Z'] = match;
  if ((date === undefined && time === undefined) || time?.startsWith('24')) return null;
  const [hours = '00', minutes = '00', seconds = '00'] = time?.split(':') ?? [];
  const ms = Date.parse(`${date ?? '1970-01-01'}T${hours}:${minutes}:${seconds}${offset.toUpperCase()}`);
  // Date takes the 31st of any month.
  if (Number.isNaN(ms) || (date !== undefined && !isDate(date))) return null;
  const ns = BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
  if (date !== undefined) return { ns, isTimeOfDay: false };
  return { ns: ((ns % nsPerDay) + nsPerDay) % nsPerDay, isTimeOfDay: true };
}

function isDate(text: string): boolean {
  return new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);
}
