import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import xterm from '@xterm/headless';
import test from 'ava';
import { type IPty, spawn } from 'node-pty';
import { loadNative } from '../../src/capture/native.js';
import { bin, capture } from './run.js';

const canCapture = process.getuid?.() === 0 && !('reason' in loadNative());

/** Another way to start it. */
interface Changed {
  readonly command?: string;
  readonly given?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A screen that does not come by then never does. */
const mostWaitMs = 60_000;

/** The program in a real pseudo-terminal, its screen kept by a terminal emulator. */
class Terminal {
  readonly #screen: xterm.Terminal;
  readonly #pty: IPty;
  #changed: () => void = () => {};
  /** Everything the program wrote. */
  output = '';
  readonly exit: Promise<{ exitCode: number; signal?: number }>;

  constructor(args: readonly string[], columns: number, lines: number, changed: Changed = {}) {
    const { command = process.execPath, given = [bin, ...args] } = changed;
    this.#screen = new xterm.Terminal({ cols: columns, rows: lines, allowProposedApi: true });
    const locale = { TERM: 'xterm-256color', LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' };
    const env = { ...process.env, ...locale, ...changed.env };
    this.#pty = spawn(command, [...given], { cols: columns, rows: lines, env });
    this.#pty.onData((text) => {
      this.output += text;
      this.#screen.write(text, () => this.#changed());
    });
    this.exit = new Promise((resolve) => this.#pty.onExit(resolve));
  }

  get pid(): number {
    return this.#pty.pid;
  }

  press(keys: string): void {
    this.#pty.write(keys);
  }

  resize(columns: number, lines: number): void {
    this.#screen.resize(columns, lines);
    this.#pty.resize(columns, lines);
  }

  /** The lines of the screen. */
  text(): string {
    const { active } = this.#screen.buffer;
    const lines = Array.from({ length: this.#screen.rows }, (_, row) =>
      active.getLine(active.baseY + row)?.translateToString(true),
    );
    return lines.join('\n');
  }

  /** Resolves when the screen matches. */
  async shows(pattern: RegExp): Promise<void> {
    const ended = this.exit.then(() => {
      if (!pattern.test(this.text())) throw new Error(`ended without ${pattern}:\n${this.text()}`);
    });
    ended.catch(() => {}); // It ends after it has matched, too.
    let hasWaited = false;
    const timer = setTimeout(() => {
      hasWaited = true;
      this.#changed();
    }, mostWaitMs);
    while (!pattern.test(this.text())) {
      if (hasWaited) throw new Error(`never ${pattern}:\n${this.text()}`);
      const change = new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
      await Promise.race([change, ended]);
    }
    clearTimeout(timer);
  }

  /** True when the alternate screen was left, the cursor is shown and the mouse is off. */
  isRestored(): boolean {
    const isLast = (on: string, off: string): boolean =>
      this.output.lastIndexOf(off) > this.output.lastIndexOf(on);
    const mode = '\u001b[?';
    return (
      isLast(`${mode}1049h`, `${mode}1049l`) &&
      isLast(`${mode}25l`, `${mode}25h`) &&
      isLast(`${mode}1000h`, `${mode}1000l`)
    );
  }
}

test.serial('the dashboard over a file: keys in, screen out, terminal restored', async (t) => {
  const terminal = new Terminal(['read', capture('two-interfaces-lo-and-eth0.pcapng')], 80, 24);
  await terminal.shows(/10 frames = 5 on loopback \+ 5 on the wire/);
  terminal.press('2');
  await terminal.shows(/Protocol tree/);
  await terminal.shows(/127\.0\.0\.1:6000 +127\.0\.0\.1:5000 +udp +loopback/);
  terminal.press('G');
  await terminal.shows(/why leak: /);
  terminal.press('3');
  await terminal.shows(/Initiator/);
  terminal.resize(160, 50);
  await terminal.shows(/Last Locality/);
  terminal.press('?');
  await terminal.shows(/quit/i);
  terminal.press('q');
  terminal.press('q');
  const { exitCode } = await terminal.exit;
  t.is(exitCode, 0);
  t.true(terminal.isRestored());
  t.regex(terminal.output, /10 frames, 808 bytes, 0 dropped/);
});

test.serial('a filter given with a file is in the filter line, to be changed there', async (t) => {
  const file = capture('two-interfaces-lo-and-eth0.pcapng');
  const terminal = new Terminal(['read', file, 'udp', 'port', '6000'], 100, 24);
  await terminal.shows(/10 frames/);
  await terminal.shows(/only udp port 6000 \(Esc: all\) +1 of 8/);
  terminal.press('/');
  await terminal.shows(/filter: udp port 6000\s.*\n.*\n Enter apply/);
  terminal.press(' and tcp port eighty');
  await terminal.shows(/\^ unknown service `eighty`, expected/);
  terminal.press('\r');
  terminal.press('\u0005\u0015tcp port ');
  await terminal.shows(/filter: tcp port\s.*\n.*the filter ends too early/);
  terminal.press('\u001b');
  await terminal.shows(/only udp port 6000(?![\s\S]*filter:)/);
  terminal.press('/\u0015locality le\t\r');
  await terminal.shows(/only locality leak \(Esc: all\) +1 of 1/);
  terminal.press('3');
  await terminal.shows(/only locality leak \(Esc: all\) +1 of 1 .*by first/);
  await terminal.shows(/▶ .*LEAK/);
  terminal.press('=');
  await terminal.shows(/filter: flow \d/);
  terminal.press('\r2');
  await terminal.shows(/only flow \d+ \(Esc: all\) +1 of 1\s/);
  terminal.press('/\u0015\r');
  await terminal.shows(/3 Flows +\d+ of 10\s/);
  terminal.press('q');
  t.is((await terminal.exit).exitCode, 0);
  t.true(terminal.isRestored());
});

test.serial('a filter that is none is refused with its caret before the screen is taken', async (t) => {
  const terminal = new Terminal(['read', capture('tcp-reset.pcap'), 'tcp port eighty'], 100, 24);
  t.is((await terminal.exit).exitCode, 2);
  t.regex(terminal.output, /^loscope: filter: unknown service `eighty`.*\r\ntcp port eighty\r\n {9}\^\r\n$/);
});

test.serial('a damaged file says so on the screen and in the exit code', async (t) => {
  const terminal = new Terminal(['read', capture('truncated-file.pcap')], 80, 24);
  await terminal.shows(/cut short: the record at byte 375/);
  terminal.press('q');
  t.is((await terminal.exit).exitCode, 3);
});

for (const [signal, code] of [
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const) {
  test.serial(`${signal} restores the terminal and exits with ${code}`, async (t) => {
    const terminal = new Terminal(['read', capture('tcp-reset.pcap')], 80, 24);
    await terminal.shows(/6 frames = /);
    process.kill(terminal.pid, signal);
    t.is((await terminal.exit).exitCode, code);
    t.true(terminal.isRestored());
  });
}

test.serial('the live dashboard shows a ping of 127.0.0.88 as it happens', async (t) => {
  if (!canCapture) {
    t.log('skipped: needs root and the addon');
    t.pass();
    return;
  }
  const terminal = new Terminal([], 80, 24);
  await terminal.shows(/lo ● live/);
  await terminal.shows(/0 dropped/);
  terminal.press('2');
  await terminal.shows(/following/);
  execFileSync('ping', ['-c', '2', '-i', '0.1', '127.0.0.88']);
  await terminal.shows(/127\.0\.0\.88 +127\.0\.0\.1 +icmp/);
  terminal.press('q');
  const { exitCode } = await terminal.exit;
  t.is(exitCode, 0);
  t.true(terminal.isRestored());
});

test.serial('where lo may not be captured, loscope says why and opens the bundled captures', async (t) => {
  const nobody = 65534;
  if (process.getuid?.() !== 0 || !isReadableBy(nobody)) {
    t.log('skipped: needs root, and a folder that nobody may read');
    t.pass();
    return;
  }
  const env = { ...process.env, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' };
  const pty = spawn(process.execPath, [bin], { cols: 120, rows: 30, env, uid: nobody, gid: nobody });
  let output = '';
  await new Promise<void>((resolve) => {
    pty.onData((text) => {
      output += text;
      if (/frames = /.test(output)) resolve();
    });
    pty.onExit(() => resolve());
  });
  pty.write('q');
  t.regex(output, /may not capture packets|needs the optional package/);
  t.regex(output, /bundled captures/);
});

test.serial(
  'a pipe on standard input is read to its end, shown from its spool, keys from the terminal',
  async (t) => {
    const file = capture('super-frames-64-kib.pcap');
    const line = `cat '${file}' | '${process.execPath}' '${bin}' read -`;
    const terminal = new Terminal([], 100, 30, { command: '/bin/sh', given: ['-c', line] });
    await terminal.shows(/standard input .*done/);
    terminal.press('2');
    await terminal.shows(/Bytes: /);
    terminal.press('G');
    await terminal.shows(/why loopback/);
    t.notRegex(terminal.text(), /not kept/);
    terminal.press('q');
    t.is((await terminal.exit).exitCode, 0);
    t.true(terminal.isRestored());
  },
);

test.serial('a file that is followed shows what is added to it, and q ends the wait', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-test-'));
  const file = path.join(folder, 'growing.pcap');
  const bytes = fs.readFileSync(capture('tcp-reset.pcap'));
  fs.writeFileSync(file, bytes.subarray(0, 24));
  const terminal = new Terminal(['read', '--follow', file], 120, 30);
  await terminal.shows(/following the file/);
  terminal.press('2');
  await terminal.shows(/no packets here/);
  fs.appendFileSync(file, bytes.subarray(24, 150));
  await terminal.shows(/1 of 1 . following/);
  fs.appendFileSync(file, bytes.subarray(150));
  await terminal.shows(/6 of 6 . following/);
  terminal.press('q');
  t.is((await terminal.exit).exitCode, 0);
  t.true(terminal.isRestored());
  fs.rmSync(folder, { recursive: true });
});

test.serial('an analyzer that fails ends the dashboard with an error, the terminal restored', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-test-'));
  const fault = path.join(folder, 'fault.cjs');
  fs.writeFileSync(
    fault,
    `if (!require('node:worker_threads').isMainThread) setTimeout(() => JSON.parse('{'), 1500);`,
  );
  const env = { NODE_OPTIONS: `--require ${fault}` };
  const terminal = new Terminal(['read', capture('tcp-reset.pcap')], 80, 24, { env });
  await terminal.shows(/6 frames = /);
  t.is((await terminal.exit).exitCode, 2);
  t.true(terminal.isRestored());
  t.regex(terminal.output, /loscope: internal error: the analyzer’s thread failed: .*JSON/);
  fs.rmSync(folder, { recursive: true });
});

for (const [signal, number] of [
  ['SIGHUP', 1],
  ['SIGQUIT', 3],
] as const) {
  test.serial(`${signal} ends the program by that signal, the terminal restored`, async (t) => {
    const terminal = new Terminal(['read', capture('tcp-reset.pcap')], 80, 24);
    await terminal.shows(/6 frames = /);
    process.kill(terminal.pid, signal);
    t.is((await terminal.exit).signal, number);
    t.true(terminal.isRestored());
  });
}

test.serial('a file that cannot be opened is refused before the screen is taken', async (t) => {
  const terminal = new Terminal(['read', 'none.pcap'], 80, 24);
  t.is((await terminal.exit).exitCode, 2);
  t.is(terminal.output, 'loscope: none.pcap: no such file (check the path)\r\n');
});

test.serial('a recording that cannot be written is refused before the screen is taken', async (t) => {
  if (!canCapture) {
    t.log('skipped: needs root and the package cap');
    t.pass();
    return;
  }
  const terminal = new Terminal(['live', '-w', '/nowhere/x.pcapng'], 80, 24);
  t.is((await terminal.exit).exitCode, 2);
  t.is(terminal.output, 'loscope: /nowhere/x.pcapng: the folder does not exist (make it first)\r\n');
});

test.serial('what the live dashboard records is whole when it ends', async (t) => {
  if (!canCapture) {
    t.log('skipped: needs root and the package cap');
    t.pass();
    return;
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-test-'));
  const file = path.join(folder, 'kept.pcapng');
  const terminal = new Terminal(['live', '-w', file, 'icmp and host 127.0.0.99'], 100, 24);
  await terminal.shows(/lo ● live/);
  execFileSync('ping', ['-c', '2', '-i', '0.1', '127.0.0.99']);
  await terminal.shows(/[1-9]\d* frames = [1-9]\d* on loopback/);
  terminal.press('q');
  t.is((await terminal.exit).exitCode, 0);
  const text = execFileSync(process.execPath, [bin, 'read', '--format', 'text', '-q', file], {
    encoding: 'utf8',
  });
  t.regex(text, /127\.0\.0\.99/);
  fs.rmSync(folder, { recursive: true });
});

function isReadableBy(uid: number): boolean {
  try {
    fs.accessSync(bin);
    execFileSync(process.execPath, [bin, '--version'], { uid, gid: uid, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
