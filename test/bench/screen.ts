/**
 * The suite `screen`: how long a user waits for the dashboard, in a real terminal: from the start of the program to
 * the first screen, and from a key to the screen that it asks for while the file still loads.
 */
import process from 'node:process';
import xterm from '@xterm/headless';
import { formatBytes, formatCount } from '../../src/format/units.js';
import { loscope } from './file-peers.js';
import { usualFlows } from './files.js';
import { type Cost, formatPeak, type Running, start } from './measure.js';
import { median, most } from './statistics.js';
import { type Bench, type SuiteResult, sized, type Table } from './suite.js';

const terminal = { columns: 160, lines: 50 } as const;
/** 2.0 GB of small packets: the most work a byte. */
const packets = 24_000_000;
/** A first screen has at least so many lines with something on them. */
const drawnLines = 5;
/** A press, what then stands on its screen, in turns. */
const presses: readonly [key: string, shows: RegExp][] = [
  ['2', /^ +No\. +Time/m],
  ['3', /^ +Flow +Proto/m],
  ['1', /IP (output|input)/],
];
const mostPresses = 60;
/** Not a divisor of the dashboard's own refresh, so that presses fall at any moment of it. */
const betweenPressesMs = 97;
const patienceMs = 10_000;

/** The dashboard of one file in a terminal, and what its screen shows. */
class Session {
  readonly #screen = new xterm.Terminal({
    cols: terminal.columns,
    rows: terminal.lines,
    allowProposedApi: true,
  });
  readonly running: Running;
  #changed: () => void = () => {};
  /** When the output came that the screen shows now. */
  #shownNs = 0n;

  constructor(file: string) {
    this.running = start([...loscope, 'read', file], { terminal, onOutput: (chunk) => this.#show(chunk) });
    // Whoever waits for a screen learns that there will be no more.
    this.running.ended.then(
      () => this.#changed(),
      () => this.#changed(),
    );
  }

  #show(chunk: Buffer): void {
    const cameNs = process.hrtime.bigint();
    this.#screen.write(chunk, () => {
      this.#shownNs = cameNs;
      this.#changed();
    });
  }

  text(): string {
    const { active } = this.#screen.buffer;
    const lines = Array.from({ length: terminal.lines }, (_, row) =>
      active.getLine(row)!.translateToString(true),
    );
    return lines.join('\n');
  }

  /** Presses a key. @returns when */
  press(key: string): bigint {
    const at = process.hrtime.bigint();
    this.running.child.stdin!.write(key);
    return at;
  }

  /** @returns when the output came that made the screen so. @throws when it does not become so */
  async shows(isShown: (text: string) => boolean): Promise<bigint> {
    const deadline = performance.now() + patienceMs;
    while (!isShown(this.text())) {
      const waitMs = deadline - performance.now();
      if (waitMs <= 0) throw new Error('failed: the screen did not change');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, waitMs);
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#shownNs;
  }
}

interface ScreenRun extends Cost {
  readonly firstScreenMs: number;
  readonly keyMs: readonly number[];
}

export async function screen(bench: Bench): Promise<SuiteResult> {
  const input = bench.inputs.get({ packets: sized(bench, packets), flows: usualFlows, sizes: 'small' });
  const runs: ScreenRun[] = [];
  for (let run = -1; run < bench.runs; run++) {
    bench.say('loscope read, dashboard');
    const result = await runOnce(input.file);
    if (run >= 0) runs.push(result);
  }
  bench.inputs.drop(input);
  const keys = runs.flatMap((run) => run.keyMs);
  const firsts = runs.map((run) => run.firstScreenMs);
  const row = (name: string, values: readonly number[]): string[] => [
    name,
    String(values.length),
    `${median(values).toFixed(0)} ms`,
    `${most(values).toFixed(0)} ms`,
  ];
  const table: Table = {
    title: `Screen: dashboard of ${formatBytes(input.fileBytes)}, ${formatCount(input.packets)} packets`,
    notes: [
      `A terminal of ${terminal.columns} × ${terminal.lines}; peak memory ${formatPeak(runs)}, median CPU ` +
        `${median(runs.map((run) => run.cpuSeconds)).toFixed(2)} s.`,
      'Keys are the views 1, 2 and 3, pressed while the file loads, until the screen shows that view.',
    ],
    columns: ['', 'times', 'median', 'slowest'],
    rows: [row('start to first screen', firsts), row('key to its screen, loading', keys)],
  };
  return {
    tables: [table],
    figures: { firstScreenMs: median(firsts), slowestKeyMs: median(runs.map((run) => most(run.keyMs))) },
  };
}

async function runOnce(file: string): Promise<ScreenRun> {
  const session = new Session(file);
  const drawn = await session.shows(
    (text) => text.split('\n').filter((line) => line.trim() !== '').length >= drawnLines,
  );
  const firstScreenMs = Number(drawn - (await session.running.startedNs)) / 1e6;
  const keyMs = await pressKeys(session);
  session.press('q');
  const ended = await session.running.ended;
  if (ended.status !== 0) throw new Error(`the dashboard ended with ${ended.status}`);
  return { ...ended, firstScreenMs, keyMs };
}

/** Presses keys as long as the file loads. @returns how long each took */
async function pressKeys(session: Session): Promise<number[]> {
  const keyMs: number[] = [];
  const isLoading = (): boolean => /loading|opening/.test(session.text().split('\n')[0]);
  for (let i = 0; i < mostPresses; i++) {
    await new Promise((resolve) => setTimeout(resolve, betweenPressesMs));
    if (!isLoading()) break;
    const [key, shows] = presses[i % presses.length];
    const pressedNs = session.press(key);
    const shownNs = await session.shows((text) => shows.test(text));
    if (isLoading()) keyMs.push(Number(shownNs - pressedNs) / 1e6);
  }
  return keyMs;
}
