/**
 * The terminal through blessed 0.1.81: one box over the whole screen, fed the lines that are visible, and keys
 * and mouse as events. A blessed list of 20,000 rows took 340 ms a render, a box fed visible rows 2 ms.
 *
 * app.ts is the loop and the only caller; blessed and its workarounds are kept apart from it here.
 *
 * What blessed does by itself and must not here: it ends the process on SIGTERM and SIGINT with exit code 0, and
 * prints uncaught errors; both are the cli's to do. It draws lines in the alternate character set unless told
 * that this terminal has Unicode.
 */
import { createRequire } from 'node:module';
import type { Readable, Writable } from 'node:stream';
import blessed from 'blessed';
import type { DashboardEvent } from './event.js';
import { keyName, keyText, mouseReports, type TerminalKey } from './key-name.js';

export interface TerminalOptions {
  readonly input?: Readable;
  readonly output?: Writable;
  readonly ascii: boolean;
}

export interface Terminal {
  size(): { readonly columns: number; readonly rows: number };
  /** Shows the lines, which may hold SGR sequences, from the top. */
  draw(lines: readonly string[]): void;
  /** Into the clipboard of the terminal (OSC 52). */
  copy(text: string): void;
  onEvent(listener: (event: DashboardEvent) => void, clock: () => number): void;
  /** Calls `listener` when the terminal is gone: a closed window, a lost connection. */
  onGone(listener: () => void): void;
  /** The terminal as it was before; may be called twice. */
  close(): void;
}

/** What blessed has and its types do not tell. */
interface Program {
  readonly cols: number;
  readonly rows: number;
  setMouse(modes: Readonly<Record<string, boolean>>, enable: boolean): void;
  disableMouse(): void;
  showCursor(): void;
  hideCursor(): void;
  normalBuffer(): void;
  alternateBuffer(): void;
  _write(text: string): void;
  flush(): void;
  on(event: 'keypress', listener: (character: string | undefined, key: TerminalKey) => void): void;
  on(event: 'data', listener: (data: Buffer | string) => void): void;
  on(event: 'resize', listener: () => void): void;
}

/**
 * The terminal's description: for every terminal that follows xterm, the one that blessed brings along, as the
 * system's may hold capabilities that blessed cannot read and complains about on the screen (`Setulc`).
 */
function terminalName(): string {
  const name = process.env.TERM ?? 'xterm';
  if (/^(linux|vt|ansi|cons|sun|dumb)/.test(name)) return name;
  return createRequire(import.meta.url).resolve('blessed/usr/xterm-256color');
}

const mouseModes = { vt200Mouse: true, sgrMouse: true };

/** Keys one by one, or lines as the shell wants them; a stream that is no terminal has no modes. */
function setRawMode(input: Readable, isRaw: boolean): void {
  (input as Readable & { setRawMode?: (isRaw: boolean) => void }).setRawMode?.(isRaw);
}

export function openTerminal(options: TerminalOptions): Terminal {
  const input = options.input ?? process.stdin;
  const output = options.output ?? process.stdout;
  const screen = blessed.screen({
    // The types have these two the wrong way round.
    input: input as unknown as Writable,
    output: output as unknown as Readable,
    terminal: terminalName(),
    forceUnicode: !options.ascii,
    fullUnicode: !options.ascii,
    smartCSR: false,
    autoPadding: false,
  });
  releaseSignals();
  (screen as unknown as { tput: { brokenACS: boolean } }).tput.brokenACS = true;
  const program = screen.program as unknown as Program;
  const box = blessed.box({
    parent: screen,
    top: 0,
    left: 0,
    width: '100%',
    height: '100%',
    tags: false,
    wrap: false,
  });
  program.setMouse(mouseModes, true);

  let gone = (): void => {};
  const lost = (): void => gone();
  for (const stream of [input, output]) stream.on('error', lost);

  let open = true;
  let congested = false;
  const close = (): void => {
    if (!open) return;
    open = false;
    process.off('uncaughtExceptionMonitor', close);
    process.off('exit', close);
    process.off('SIGTSTP', suspend);
    process.off('SIGCONT', resume);
    program.disableMouse();
    screen.destroy();
    // What was just written to a terminal that is gone fails only after this.
    setImmediate(() => {
      for (const stream of [input, output]) stream.off('error', lost);
    });
  };
  process.on('uncaughtExceptionMonitor', close);
  process.on('exit', close);

  /** The terminal as the shell wants it, then a stop that cannot be caught; SIGCONT comes back here. */
  const suspend = (): void => {
    program.disableMouse();
    program.showCursor();
    program.normalBuffer();
    program.flush();
    setRawMode(input, false);
    process.kill(process.pid, 'SIGSTOP');
  };
  const resume = (): void => {
    setRawMode(input, true);
    program.alternateBuffer();
    program.hideCursor();
    program.setMouse(mouseModes, true);
    screen.alloc();
    screen.render();
    program.flush();
  };
  process.on('SIGTSTP', suspend);
  process.on('SIGCONT', resume);
  return {
    size: () => ({ columns: program.cols, rows: program.rows }),
    draw(lines) {
      if (!open || congested) return;
      box.setContent(lines.join('\n'));
      screen.render();
      program.flush();
      if (!output.writableNeedDrain) return;
      // A terminal slower than the dashboard gets fewer frames, not a longer and longer queue of them.
      congested = true;
      output.once('drain', () => {
        congested = false;
      });
    },
    copy(text) {
      program._write(`\x1b]52;c;${Buffer.from(text).toString('base64')}\x07`);
      program.flush();
    },
    onEvent(listener, clock) {
      listen(program, listener, clock);
    },
    onGone(listener) {
      gone = listener;
    },
    close,
  };
}

function listen(program: Program, listener: (event: DashboardEvent) => void, clock: () => number): void {
  program.on('keypress', (character, key) => {
    if (key?.ctrl === true && key.name === 'z') return void process.kill(process.pid, 'SIGTSTP');
    const name = keyName(character, key ?? {});
    if (name !== null) listener({ kind: 'key', name, text: keyText(character, key ?? {}), atMs: clock() });
  });
  program.on('data', (data) => {
    for (const report of mouseReports(data.toString())) listener({ kind: 'mouse', ...report, atMs: clock() });
  });
  program.on('resize', () => listener({ kind: 'resize', columns: program.cols, rows: program.rows }));
}

/** Takes back the process-wide handlers that blessed installs with the first screen. */
function releaseSignals(): void {
  const handlers = (
    blessed as unknown as { Screen: Record<string, ((...given: unknown[]) => void) | undefined> }
  ).Screen;
  const names = [
    ['SIGTERM', '_sigtermHandler'],
    ['SIGINT', '_sigintHandler'],
    ['SIGQUIT', '_sigquitHandler'],
    ['uncaughtException', '_exceptionHandler'],
  ] as const;
  for (const [event, name] of names) {
    const handler = handlers[name];
    if (handler !== undefined) process.removeListener(event, handler);
  }
}
