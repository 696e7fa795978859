/**
 * What the fast engine is to reach, as ratios within one run, and whether it did.
 */
import type { Figures, Table } from './suite.js';

export interface Bar {
  readonly text: string;
  /** Name in Figures. */
  readonly figure: string;
  /** The figure must be at most, or at least, this. */
  readonly most?: number;
  readonly least?: number;
  readonly unit: string;
}

export const bars: readonly Bar[] = [
  {
    text: 'summary of small packets ÷ tcpdump filtering one host',
    figure: 'summaryOverTcpdump',
    most: 1.2,
    unit: '×',
  },
  { text: 'the same, to reach', figure: 'summaryOverTcpdump', most: 0.9, unit: '×' },
  {
    text: 'fastest of nfpcapd, softflowd, argus ÷ summary',
    figure: 'flowToolOverSummary',
    least: 8,
    unit: '×',
  },
  { text: 'tshark -z conv,ip ÷ summary, a packet', figure: 'tsharkOverSummary', least: 200, unit: '×' },
  {
    text: 'speed of summary on mixed sizes ÷ speed of dd bs=1M',
    figure: 'summarySpeedOverDd',
    least: 0.5,
    unit: '×',
  },
  {
    text: 'read with a filter ÷ tcpdump -r -w with it, slowest of five filters',
    figure: 'readOverTcpdump',
    most: 1.2,
    unit: '×',
  },
  { text: 'the same, to reach', figure: 'readOverTcpdump', most: 0.8, unit: '×' },
  { text: 'compiling a filter, slowest, warm', figure: 'slowestCompileMs', most: 5, unit: 'ms' },
  {
    text: 'peak memory of a file ÷ of one a tenth as large, same flows',
    figure: 'peakOverTenth',
    most: 1.1,
    unit: '×',
  },
  { text: 'peak memory at a million flows', figure: 'peakMillionFlows', most: 400, unit: 'MiB' },
  { text: 'most datagrams lost, live, text off', figure: 'lostPlain', most: 0, unit: '' },
  { text: 'most datagrams lost, live, dashboard', figure: 'lostDashboard', most: 0, unit: '' },
  { text: 'most packets of the stream lost, live, text off', figure: 'streamLostPlain', most: 0, unit: '' },
  {
    text: 'most packets of the stream lost, live, dashboard',
    figure: 'streamLostDashboard',
    most: 0,
    unit: '',
  },
  { text: 'CPU of live, text off ÷ of tcpdump -w', figure: 'plainCpuOverTcpdump', most: 1, unit: '×' },
  { text: 'CPU of live, dashboard ÷ of tcpdump -w', figure: 'dashboardCpuOverTcpdump', most: 3, unit: '×' },
  {
    text: 'CPU of verify --for 10 at 190,000 packets a second, of one core',
    figure: 'verifyWholePercent',
    most: 2,
    unit: '%',
  },
  { text: 'the same, of a second that it watches', figure: 'verifySteadyPercent', most: 2, unit: '%' },
  { text: 'first screen of a 2 GB file', figure: 'firstScreenMs', most: 500, unit: 'ms' },
  { text: 'slowest key of a run while it loads', figure: 'slowestKeyMs', most: 50, unit: 'ms' },
];

export type Verdict = 'pass' | 'miss' | 'not measured';

export function verdictOf({ figure, most, least }: Bar, figures: Figures): Verdict {
  const value = figures[figure];
  if (value === undefined || !Number.isFinite(value)) return 'not measured';
  return value <= (most ?? Infinity) && value >= (least ?? -Infinity) ? 'pass' : 'miss';
}

/** Bars that have something to do with what was run. */
export function barsTable(figures: Figures, notes: readonly string[]): Table {
  const rows = bars
    .filter(({ figure }) => figure in figures)
    .map((bar) => {
      const { text, figure, most, least, unit } = bar;
      const verdict = verdictOf(bar, figures);
      const limit = most === undefined ? `≥ ${least}` : `≤ ${most}`;
      const value = verdict === 'not measured' ? '' : withUnit(rounded(figures[figure]), unit);
      return [text, withUnit(limit, unit), value, verdict];
    });
  return { title: 'Bars', notes, columns: ['', 'bar', 'measured', 'verdict'], rows };
}

function withUnit(value: string, unit: string): string {
  return unit === '' ? value : `${value} ${unit}`;
}

/** Three figures, and never a value rounded to the other side of what it is compared with. */
function rounded(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(Math.abs(value) >= 10 ? 1 : 3);
}
