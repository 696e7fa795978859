/**
 * The dashboard on a headless terminal: keys in, screens out, time by hand.
 */
import { PassThrough, Writable } from 'node:stream';
import xterm from '@xterm/headless';
import type { AnalyzerPort } from '../../src/analysis/port.js';
import { type DashboardOptions, runDashboard } from '../../src/tui/app.js';

/** Standard output of a terminal, all of which the emulator has taken in before it is `done`. */
class Screen extends Writable {
  readonly isTTY = true;
  sent = '';

  constructor(
    readonly terminal: InstanceType<typeof xterm.Terminal>,
    public columns: number,
    public rows: number,
  ) {
    super({ decodeStrings: false });
  }

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    const text = chunk.toString();
    this.sent += text;
    this.terminal.write(text, done);
  }
}

class Keyboard extends PassThrough {
  readonly isTTY = true;
  isRaw = false;
  setRawMode(raw: boolean): this {
    this.isRaw = raw;
    return this;
  }
}

export interface Headless {
  /** Types, and waits until everything that follows from it is on the screen. */
  press(keys: string): Promise<void>;
  /** Lets `ms` pass, with one tick at its end. */
  pass(ms: number): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  /** Does something else, and waits as press() does. */
  settle(act: () => void): Promise<void>;
  /** Types, and waits for the next frame only, whatever is still outstanding. */
  pressUnsettled(keys: string): Promise<void>;
  /** Waits until the terminal has taken in all that was sent. */
  drained(): Promise<void>;
  /** The screen as text, without trailing spaces. */
  text(): string;
  /** For each line with reversed cells, `row: from-to …`, to see what is selected and lit. */
  reversed(): string;
  /** Everything sent to the terminal. */
  readonly screen: Screen;
  readonly keyboard: Keyboard;
  readonly terminal: InstanceType<typeof xterm.Terminal>;
  readonly ended: Promise<void>;
}

export async function startHeadless(
  port: AnalyzerPort,
  columns: number,
  rows: number,
  changed: Partial<DashboardOptions> = {},
): Promise<Headless> {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, logLevel: 'off' });
  const screen = new Screen(terminal, columns, rows);
  const keyboard = new Keyboard();
  let nowMs = 0;
  let tick = (): void => {};
  let rendered: ((settled: boolean) => void) | null = null;
  const ended = runDashboard(port, {
    title: 'lo',
    live: true,
    notice: null,
    input: keyboard,
    output: screen,
    ascii: false,
    color: '16',
    clock: () => nowMs,
    refreshMs: 100,
    every: (_ms, run) => {
      tick = run;
      return () => {};
    },
    onRendered: (settled) => rendered?.(settled),
    ...changed,
  });
  const drained = () => new Promise<void>((resolve) => terminal.write('', resolve));
  const until = async (everything: boolean, act: () => void): Promise<void> => {
    await new Promise<void>((resolve) => {
      rendered = (settled) => {
        if (settled || !everything) resolve();
      };
      act();
      ended.then(resolve, () => resolve());
    });
    await drained();
  };
  const settle = (act: () => void) => until(true, act);
  await settle(() => {});
  return {
    settle,
    pressUnsettled: (keys) => until(false, () => keyboard.write(keys)),
    drained,
    press: (keys) => settle(() => keyboard.write(keys)),
    pass: (ms) =>
      settle(() => {
        nowMs += ms;
        tick();
      }),
    resize: (wide, high) =>
      settle(() => {
        terminal.resize(wide, high);
        screen.columns = wide;
        screen.rows = high;
        screen.emit('resize');
      }),
    text: () => textOf(terminal),
    reversed: () => reversedOf(terminal),
    screen,
    keyboard,
    terminal,
    ended,
  };
}

function textOf(terminal: InstanceType<typeof xterm.Terminal>): string {
  const buffer = terminal.buffer.active;
  const lines: string[] = [];
  for (let y = 0; y < terminal.rows; y++) lines.push(buffer.getLine(y)!.translateToString(true).trimEnd());
  return `${lines.join('\n')}\n`;
}

function reversedOf(terminal: InstanceType<typeof xterm.Terminal>): string {
  const buffer = terminal.buffer.active;
  const found: string[] = [];
  for (let y = 0; y < terminal.rows; y++) {
    const line = buffer.getLine(y)!;
    const runs: string[] = [];
    let from = -1;
    for (let x = 0; x <= terminal.cols; x++) {
      const on = x < terminal.cols && line.getCell(x)!.isInverse() !== 0;
      if (on && from < 0) from = x;
      if (!on && from >= 0) {
        runs.push(`${from}-${x - 1}`);
        from = -1;
      }
    }
    if (runs.length > 0) found.push(`${y}: ${runs.join(' ')}`);
  }
  return `${found.join('\n')}\n`;
}
