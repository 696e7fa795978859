/**
 * One way as a line: what it is, how many frames, how many a second, how that went, and whether it was seen or
 * inferred. A side that is not captured has no numbers at all: a 0 there would be a lie.
 */
import type { Snapshot } from '../analysis/port.js';
import { formatCount, formatPerSecond } from '../format/units.js';
import { type Glyphs, glyphsFor } from './glyphs.js';
import { history } from './rates.js';
import { sparkline } from './sparkline.js';
import type { DashboardState } from './state.js';
import { type Line, type Span, type StyleName, span } from './styled.js';
import { interfacesOf, type Way } from './way.js';
import { fitText } from './width.js';

/** `1,234`, and from `limit` digits on `12.3M`. */
export function compactCount(count: number, cells: number): string {
  const full = formatCount(count);
  if (full.length <= cells) return full;
  const units = ['', 'k', 'M', 'G', 'T'];
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value >= 99.95 ? value.toFixed(0) : value.toFixed(1)}${units[unit]}`;
}

function compactRate(perSecond: number, cells: number): string {
  const full = formatPerSecond(perSecond);
  return `${full.length + 2 <= cells ? full : compactCount(perSecond, cells - 2)}/s`;
}

/** Seconds from the first to the last frame. */
export function captureSeconds(snapshot: Snapshot): number {
  const { firstTimeNs, lastTimeNs } = snapshot;
  return firstTimeNs === null || lastTimeNs === null ? 0 : Number(lastTimeNs - firstTimeNs) / 1e9;
}

/** Copies that were not seen, inferred from their originals. */
function inferredCopies(snapshot: Snapshot | null, way: Way): number {
  if (way.id === 'broadcast') return snapshot?.inferredCopies.broadcast ?? 0;
  return way.id === 'multicast' ? (snapshot?.inferredCopies.multicast ?? 0) : 0;
}

/** Frames of a way, and copies that must have been there. */
function framesOf(snapshot: Snapshot | null, way: Way): number {
  return (snapshot?.localities[way.locality]?.frames ?? 0) + inferredCopies(snapshot, way);
}

/** What stands in place of a sparkline where there is none to draw; the mark says it where there is no room. */
function inferredWords(cells: number): string {
  if (cells >= 24) return 'inferred, from originals';
  return cells >= 8 ? 'inferred' : '';
}

/** False where no interface of that side is captured, so that its counters say nothing. */
function isWatched(snapshot: Snapshot | null, way: Way): boolean {
  if (snapshot === null) return false;
  if (framesOf(snapshot, way) > 0) return true;
  return way.side === 'neither' || interfacesOf(snapshot, way.side).length > 0;
}

function ratePerSecond(state: DashboardState, way: Way): number {
  const { snapshot, rates } = state.shown;
  if (state.live) return rates.localityPerSecond[way.locality] ?? 0;
  const seconds = snapshot === null ? 0 : captureSeconds(snapshot);
  return seconds > 0 ? (snapshot?.localities[way.locality]?.frames ?? 0) / seconds : 0;
}

function bars(state: DashboardState, way: Way, cells: number): readonly number[] {
  const { snapshot, rates, atMs } = state.shown;
  if (state.live) return history(rates, [way.locality], cells, atMs);
  const steps = snapshot?.timeline.counts[way.locality] ?? [];
  if (steps.length === 0) return [];
  // A short capture has few steps: each is drawn as wide as it takes to fill the row.
  const columns = Math.max(steps.length, cells);
  return Array.from({ length: columns }, (_, i) => steps[Math.floor((i * steps.length) / columns)]);
}

/** Whether the frames of a way were told apart by what was seen, by inference, or both. */
function evidenceMark(snapshot: Snapshot | null, way: Way, glyphs: Glyphs): string {
  const count = snapshot?.localities[way.locality];
  const frames = framesOf(snapshot, way);
  if (count === undefined || frames === 0) return ' ';
  const inferred = count.inferred + inferredCopies(snapshot, way);
  if (inferred === 0) return glyphs.observed;
  return inferred === frames ? glyphs.inferred : glyphs.mixed;
}

/** The line of a way in exactly `cells`. */
export function wayRow(state: DashboardState, way: Way, cells: number): Line {
  const { snapshot } = state.shown;
  const glyphs = glyphsFor(state.ascii);
  const countCells = cells >= 60 ? 13 : 7;
  const rateCells = cells >= 60 ? 12 : 7;
  const sparkCells = Math.max(0, cells - 16 - countCells - rateCells - 5);
  const watched = isWatched(snapshot, way);
  const frames = framesOf(snapshot, way);
  const style: StyleName = frames > 0 ? way.style : 'normal';
  const label = way.id === 'leaks' && watched && frames === 0 ? 'good' : style;
  const count = watched ? compactCount(frames, countCells) : glyphs.dash;
  const isSeen = frames > inferredCopies(snapshot, way);
  const rate = watched && isSeen ? compactRate(ratePerSecond(state, way), rateCells) : '';
  return [
    span(fitText(way.label, 16), label),
    span(` ${fitText(count, countCells, 'right')}`, frames > 0 ? style : watched ? 'normal' : 'dim'),
    span(` ${fitText(rate, rateCells, 'right')} `),
    ...(frames > 0 && !isSeen
      ? [span(fitText(inferredWords(sparkCells), sparkCells), 'dim')]
      : trail(state, way, sparkCells, watched, frames)),
    span(` ${evidenceMark(snapshot, way, glyphs)}`, style),
  ];
}

/** The sparkline; for a way without frames, words where they matter. */
function trail(state: DashboardState, way: Way, cells: number, watched: boolean, frames: number): Span[] {
  if (frames > 0) {
    const style = way.id === 'leaks' ? 'bad' : 'spark';
    return [span(fitText(sparkline(bars(state, way, cells), cells, glyphsFor(state.ascii)), cells), style)];
  }
  if (way.id === 'leaks' && !watched)
    return [span(fitText(cells >= 11 ? 'not watched' : 'blind', cells), 'warn')];
  if (way.id === 'leaks') return [span(fitText(cells >= 9 ? 'none seen' : 'none', cells), 'good')];
  return [span(' '.repeat(cells))];
}
