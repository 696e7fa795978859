/**
 * The top line: what is captured, how it goes, and what is wrong, in words. On a narrow terminal the least
 * important parts go; what is wrong never does.
 */
import type { Snapshot } from '../analysis/port.js';
import { Locality } from '../classify/locality.js';
import { formatBytes, formatClock, formatCount, formatPerSecond } from '../format/units.js';
import { glyphsFor } from './glyphs.js';
import type { DashboardState } from './state.js';
import { type Line, lineWidth, type Span, span } from './styled.js';
import { captureSeconds } from './ways-row.js';
import { cutMiddle, displayWidth, fitText, wireText } from './width.js';

interface Part {
  readonly spans: Line;
  /** Parts of the lowest weight go first; those of `keep` never. */
  readonly weight: number;
}

const keep = 100;

export function renderTopLine(state: DashboardState): Line {
  const right = hints(state);
  const parts = [brand, source(state), ...progress(state), ...counters(state), ...warnings(state)];
  // A space before the first part, three between parts, two before the hint and one after it.
  const width = () => parts.reduce((sum, part) => sum + lineWidth(part.spans) + 3, 1);
  let hint = right.long;
  if (width() + displayWidth(hint) > state.columns) hint = right.short;
  while (width() + displayWidth(hint) > state.columns) {
    const lightest = parts.reduce((a, b) => (b.weight < a.weight ? b : a));
    if (lightest.weight >= keep) break;
    parts.splice(parts.indexOf(lightest), 1);
  }
  const line: Span[] = [span(' ')];
  parts.forEach((part, i) => {
    if (i > 0) line.push(span('   '));
    line.push(...part.spans);
  });
  const left = state.columns - lineWidth(line);
  if (left < displayWidth(hint) + 1) return line;
  return [...line, span(fitText(`${hint} `, left, 'right'), 'dim')];
}

const brand: Part = { spans: [span('loscope', 'title')], weight: 1 };

/** Keys worth knowing here, for those who do not read help. */
function hints(state: DashboardState): { readonly long: string; readonly short: string } {
  const { enter } = glyphsFor(state.ascii);
  if (state.help) return { long: 'Esc closes help', short: 'Esc' };
  const deeper = state.view === 'packets' ? 'details' : 'packets';
  return { long: `${enter} ${deeper}  / filter  ? help`, short: '? help' };
}

/** The interface or file; cut rather than dropped. */
function source(state: DashboardState): Part {
  const cells = Math.max(12, Math.floor(state.columns / 4));
  const whole = wireText(state.title, state.ascii);
  const name = cutMiddle(
    displayWidth(whole) > cells ? whole.slice(whole.lastIndexOf('/') + 1) : whole,
    cells,
  );
  const spans: Span[] = [span(name, 'bold')];
  const { snapshot } = state.shown;
  if (state.frozen) spans.push(span(' '), span(' FROZEN ', 'alarm'));
  else if (state.live && snapshot?.running === false) spans.push(span(' stopped', 'warn'));
  else if (state.live) spans.push(span(` ${glyphsFor(state.ascii).live} live`, 'good'));
  return { spans, weight: keep };
}

function progress(state: DashboardState): Part[] {
  const { snapshot, atMs } = state.shown;
  if (snapshot === null) return [{ spans: [span(state.live ? 'starting' : 'opening', 'dim')], weight: 60 }];
  if (state.live) return [{ spans: [span(formatClock((atMs - state.startedAtMs) / 1000))], weight: 36 }];
  if (state.growing && snapshot.running) return [{ spans: [span('following the file', 'good')], weight: 60 }];
  if (!snapshot.running) return isDamaged(snapshot) ? [] : [{ spans: [span('done', 'good')], weight: 30 }];
  return [{ spans: [span(loadingText(snapshot, atMs - state.startedAtMs), 'key')], weight: 60 }];
}

/** `loading 42 % ~3 s`; without a size, as from a pipe, the bytes so far. */
function loadingText(snapshot: Snapshot, elapsedMs: number): string {
  let read = 0;
  let total = 0;
  let sized = true;
  for (const one of snapshot.sources) {
    read += one.bytesRead;
    total += one.bytesTotal;
    if (one.bytesTotal === 0) sized = false;
  }
  if (!sized || total === 0) return `loading ${formatBytes(read)}`;
  const share = Math.min(1, read / total);
  const percent = `loading ${Math.floor(share * 100)} %`;
  if (share < 0.01 || elapsedMs < 200) return percent;
  const seconds = (elapsedMs / 1000) * (1 / share - 1);
  return `${percent} ~${seconds < 90 ? `${Math.ceil(seconds)} s` : formatClock(seconds)}`;
}

function counters(state: DashboardState): Part[] {
  const { snapshot, rates } = state.shown;
  if (snapshot === null) return [];
  const own = snapshot.ownAddresses.length;
  const addresses: Part = { spans: [span(`${own} own ${own === 1 ? 'address' : 'addresses'}`)], weight: 10 };
  if (state.live) {
    return [
      { spans: [span(`${formatPerSecond(rates.framesPerSecond)} pkt/s`)], weight: 40 },
      { spans: [span(`${formatBytes(rates.bytesPerSecond)}/s`)], weight: 35 },
      ...(snapshot.dropped === 0 ? [{ spans: [span('0 dropped', 'good')], weight: 38 }] : []),
      addresses,
    ];
  }
  const seconds = captureSeconds(snapshot);
  return [
    { spans: [span(`${formatCount(snapshot.frames)} frames`)], weight: 45 },
    { spans: [span(seconds < 60 ? `${seconds.toFixed(3)} s` : formatClock(seconds))], weight: 40 },
    { spans: [span(formatBytes(snapshot.originalBytes))], weight: 20 },
    ...(snapshot.dropped === 0 && hasRecordedDrops(snapshot)
      ? [{ spans: [span('0 dropped', 'good')], weight: 38 }]
      : []),
    addresses,
  ];
}

/** Does a file say how many frames its capture dropped? */
function hasRecordedDrops({ sources }: Snapshot): boolean {
  return sources.some(({ interfaces }) => interfaces.some(({ dropped }) => dropped !== null));
}

function isDamaged(snapshot: Snapshot): boolean {
  return snapshot.sources.some((one) => one.error !== null);
}

function warnings(state: DashboardState): Part[] {
  const { snapshot } = state.shown;
  if (snapshot === null) return [];
  const parts: Part[] = [];
  const warn = (text: string, style: 'warn' | 'bad' | 'alarm') =>
    parts.push({ spans: [span(text, style)], weight: keep });
  if (isDamaged(snapshot)) warn(state.live ? ' CAPTURE ERROR ' : ' FILE DAMAGED ', 'alarm');
  const leaks = snapshot.localities[Locality.leak]?.frames ?? 0;
  if (leaks > 0) warn(` ${formatCount(leaks)} ${leaks === 1 ? 'LEAK' : 'LEAKS'} `, 'alarm');
  if (snapshot.dropped === null) warn('drops unknown', 'warn');
  else if (snapshot.dropped > 0) warn(`${formatCount(snapshot.dropped)} DROPPED`, 'bad');
  const { first, headersOnly, notKept } = snapshot.retained;
  if (first > 1) warn(`oldest ${formatCount(first - 1)} not kept`, 'warn');
  if (headersOnly > 0) warn(`${formatCount(headersOnly)} headers only`, 'warn');
  if (notKept > 0) warn(`${formatCount(notKept)} not kept`, 'warn');
  return parts;
}
