/**
 * The running dashboard on a headless terminal: how it begins and ends, and how it treats a slow or failing analyzer.
 */
import test from 'ava';
import type { AnalyzerPort, PacketRow, Page } from '../../src/analysis/port.js';
import { FixedPort } from './fixed-port.js';
import { type Headless, startHeadless } from './headless.js';

test.serial('quitting leaves the alternate screen, shows the cursor and turns the mouse off', async (t) => {
  const dashboard = await startHeadless(new FixedPort(true), 80, 24);
  t.is(dashboard.terminal.buffer.active.type, 'alternate');
  t.true(dashboard.keyboard.isRaw);
  t.is(dashboard.terminal.modes.mouseTrackingMode, 'vt200');
  await dashboard.press('q');
  await dashboard.ended;
  await dashboard.drained();
  t.is(dashboard.terminal.buffer.active.type, 'normal');
  t.is(dashboard.terminal.modes.mouseTrackingMode, 'none');
  t.true(dashboard.screen.sent.lastIndexOf('\x1b[?25h') > dashboard.screen.sent.lastIndexOf('\x1b[?25l'));
  t.false(dashboard.keyboard.isRaw);
});

test.serial('an aborted signal ends the dashboard and restores the terminal', async (t) => {
  const stop = new AbortController();
  const dashboard = await startHeadless(new FixedPort(true), 80, 24, { signal: stop.signal });
  stop.abort();
  await dashboard.ended;
  await dashboard.drained();
  t.is(dashboard.terminal.buffer.active.type, 'normal');
  t.false(dashboard.keyboard.isRaw);
});

test.serial('a terminal that is gone ends the dashboard', async (t) => {
  const dashboard = await startHeadless(new FixedPort(true), 80, 24);
  dashboard.screen.emit('error', new Error('write EIO'));
  await dashboard.ended;
  t.false(dashboard.keyboard.isRaw);
});

test.serial('the process keeps its own signal and error handlers', async (t) => {
  const events = [
    'SIGTERM',
    'SIGINT',
    'SIGQUIT',
    'SIGHUP',
    'uncaughtException',
    'uncaughtExceptionMonitor',
    'exit',
  ];
  const count = () => events.map((event) => process.listenerCount(event));
  const before = count();
  const dashboard = await startHeadless(new FixedPort(true), 80, 24);
  t.deepEqual(count().slice(0, 5), before.slice(0, 5));
  await dashboard.press('q');
  await dashboard.ended;
  t.deepEqual(count(), before);
});

test.serial('an error while drawing ends the dashboard with that error, the terminal restored', async (t) => {
  const port = new FixedPort(true);
  const dashboard = await startHeadless(port, 80, 24);
  t.plan(2);
  port.changed = { localities: null as never };
  const failed = t.throwsAsync(dashboard.ended, { instanceOf: TypeError });
  await dashboard.pass(100);
  await failed;
  await dashboard.drained();
  t.is(dashboard.terminal.buffer.active.type, 'normal');
});

/** Answers rows only when told to. */
class SlowPort extends FixedPort {
  waiting: (() => void)[] = [];
  most = 0;
  override async rows(...asked: Parameters<AnalyzerPort['rows']>): Promise<Page<PacketRow>> {
    this.most = Math.max(this.most, this.waiting.length + 1);
    await new Promise<void>((resolve) => this.waiting.push(resolve));
    return super.rows(...asked);
  }
}

test.serial(
  'keys are answered while the analyzer is slow, and it is asked one thing of a kind at a time',
  async (t) => {
    const port = new SlowPort(false);
    const dashboard = await startHeadless(port, 80, 24, { live: false });
    await dashboard.pressUnsettled('2');
    t.regex(dashboard.text(), /2 Packets.*loading/);
    await dashboard.pressUnsettled('?');
    t.regex(dashboard.text(), /Everywhere/);
    await dashboard.pressUnsettled('\x1b');
    t.is(port.waiting.length, 1);
    t.is(port.most, 1);
    await dashboard.settle(() => {
      for (const answer of port.waiting.splice(0)) answer();
    });
    t.regex(dashboard.text(), /SYN, ACK/);
    await quit(dashboard);
  },
);

test.serial('a failing analyzer is reported in words and asked again at the next tick', async (t) => {
  const port = new FixedPort(true);
  const dashboard = await startHeadless(port, 80, 24);
  const rows = port.rows.bind(port);
  port.rows = async () => Promise.reject(new Error('worker \x1b[31mgone'));
  await dashboard.press('2');
  t.regex(dashboard.text(), /could not answer \(packets\): worker \\x1b\[31mgone/);
  port.rows = rows;
  await dashboard.pass(100);
  t.regex(dashboard.text(), /▶ +60 /);
  await quit(dashboard);
});

test.serial('a live list follows the newest packet, stops when moved, and follows again on G', async (t) => {
  const port = new FixedPort(true);
  const dashboard = await startHeadless(port, 80, 24);
  await dashboard.press('2');
  port.frames = 100;
  await dashboard.pass(100);
  t.regex(dashboard.text(), /▶ +100 .*\n/);
  await dashboard.press('k');
  port.frames = 200;
  await dashboard.pass(100);
  t.regex(dashboard.text(), /▶ +99 /);
  t.regex(dashboard.text(), /99 of 200/);
  await dashboard.press('G');
  t.regex(dashboard.text(), /▶ +200 /);
  t.regex(dashboard.text(), /following/);
  await quit(dashboard);
});

test.serial('the selected packet stays selected when older ones leave the memory', async (t) => {
  const port = new FixedPort(true, 500);
  const dashboard = await startHeadless(port, 80, 24);
  await dashboard.press('2');
  for (let i = 0; i < 10; i++) await dashboard.press('k');
  t.regex(dashboard.text(), /▶ +490 /);
  port.first = 300;
  await dashboard.pass(100);
  t.regex(dashboard.text(), /▶ +490 /);
  t.regex(dashboard.text(), /191 of 201/);
  t.regex(dashboard.text(), /oldest 299 not kept/);
  await quit(dashboard);
});

test.serial('Space freezes counters and lists while the capture goes on', async (t) => {
  const port = new FixedPort(true);
  const dashboard = await startHeadless(port, 80, 24);
  await dashboard.press('2');
  await dashboard.press(' ');
  const frozen = dashboard.text();
  t.regex(frozen, /FROZEN/);
  port.frames = 300;
  await dashboard.pass(100);
  t.is(dashboard.text(), frozen);
  await dashboard.press(' ');
  t.regex(dashboard.text(), /300 of 300/);
  await quit(dashboard);
});

test.serial('x clears only when pressed twice', async (t) => {
  const port = new FixedPort(true);
  const dashboard = await startHeadless(port, 80, 24);
  await dashboard.press('x');
  await dashboard.press('j');
  t.false(port.cleared);
  await dashboard.press('x');
  await dashboard.press('x');
  t.true(port.cleared);
  t.regex(dashboard.text(), /0 frames =/);
  await quit(dashboard);
});

test.serial('y copies the selected packet through OSC 52', async (t) => {
  const dashboard = await startHeadless(new FixedPort(false), 80, 24, { live: false });
  await dashboard.press('2');
  await dashboard.press('y');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequence begins with the escape character
  const copied = /\x1b\]52;c;([A-Za-z0-9+/=]+)\x07/.exec(dashboard.screen.sent)?.[1] ?? '';
  t.is(
    Buffer.from(copied, 'base64').toString(),
    '1 2026-11-22T05:13:21.000000000Z 127.0.0.1:54321 -> 127.0.0.1:8080 tcp 1514 loopback SYN seq 0 win 65495',
  );
  await quit(dashboard);
});

test.serial('search goes from match to match and says when there is none', async (t) => {
  const dashboard = await startHeadless(new FixedPort(false, 2000), 80, 24, { live: false });
  for (const key of ['2', '\x13', 'DHCP', '\r']) await dashboard.press(key);
  t.regex(dashboard.text(), /▶ +7 /);
  await dashboard.press('n');
  t.regex(dashboard.text(), /▶ +19 /);
  await dashboard.press('N');
  await dashboard.press('N');
  t.regex(dashboard.text(), /no "DHCP" above; n searches below/);
  for (const key of ['\x13', 'no such text', '\r']) await dashboard.press(key);
  t.regex(dashboard.text(), /no "no such text" below; N searches above/);
  await quit(dashboard);
});

test.serial('a resize reflows, and too small a terminal says what it needs', async (t) => {
  const dashboard = await startHeadless(new FixedPort(true), 160, 50);
  await dashboard.press('2');
  await dashboard.resize(60, 15);
  t.regex(dashboard.text(), /Protocol tree/);
  t.notRegex(dashboard.text(), /Bytes:/);
  await dashboard.resize(59, 15);
  t.regex(dashboard.text(), /too small\n *here: 59x15, needed: 60x15/);
  await dashboard.resize(300, 100);
  t.is(dashboard.text().split('\n').length, 101);
  t.regex(dashboard.text(), /Bytes: 74/);
  await quit(dashboard);
});

test.serial('the mouse selects tabs, rows, fields and bytes', async (t) => {
  const dashboard = await startHeadless(new FixedPort(false), 80, 24, { live: false });
  const click = (x: number, y: number) =>
    dashboard.press(`\x1b[<0;${x + 1};${y + 1}M\x1b[<0;${x + 1};${y + 1}m`);
  await click(12, 1);
  t.regex(dashboard.text(), /Protocol tree/);
  await click(20, 5);
  t.regex(dashboard.text(), /▶ +3 /);
  await click(10, 16);
  t.regex(dashboard.text(), /▶ +Version: 4/);
  // The first two bytes of the total length stand in the third row of eight.
  await click(46, 16);
  t.regex(dashboard.text(), /▶ +Total Length: 60/);
  await dashboard.press('\x1b[<65;10;5M\x1b[<65;10;5M');
  t.regex(dashboard.text(), /▶ +9 /);
  await quit(dashboard);
});

async function quit(dashboard: Headless): Promise<void> {
  await dashboard.press('\x03');
  await dashboard.ended;
}

test.serial('what happened to an interface is the notice line, until it is put away', async (t) => {
  const port = new FixedPort(true);
  const dashboard = await startHeadless(port, 100, 24);
  port.changed = { events: [{ text: 'lo: went down' }, { text: 'lo: came up again' }] };
  await dashboard.pass(100);
  t.regex(dashboard.text(), /lo: came up again/);
  await dashboard.press('\x1b');
  t.notRegex(dashboard.text(), /lo: came up again/);
  port.changed = { events: [{ text: 'lo: went down once more' }] };
  await dashboard.pass(100);
  t.regex(dashboard.text(), /lo: went down once more/);
  await quit(dashboard);
});

test.serial('frames dropped, kept as headers only, or not kept are counted in the top line', async (t) => {
  const port = new FixedPort(true);
  const dashboard = await startHeadless(port, 160, 24);
  port.changed = { dropped: 1234, retained: { first: 11, last: 60, headersOnly: 7, notKept: 9 } };
  await dashboard.pass(100);
  const [top] = dashboard.text().split('\n');
  t.regex(top, /1,234 DROPPED +oldest 10 not kept +7 headers only +9 not kept/);
  await quit(dashboard);
});

test.serial('a frame of which only the headers were kept, and one that is lost, say so', async (t) => {
  const port = new FixedPort(false);
  const detail = port.detail.bind(port);
  port.detail = async (number) => {
    const whole = (await detail(number))!;
    if (number !== 1) return { ...whole, row: { ...whole.row, loss: 'not there any more' }, fields: [] };
    return { ...whole, row: { ...whole.row, capLen: 1514, keptLen: 74 } };
  };
  const dashboard = await startHeadless(port, 160, 40, { live: false });
  await dashboard.press('2');
  t.regex(dashboard.text(), /Bytes: 74 of 1,514, headers only: the buffer was nearly full/);
  await dashboard.press('j');
  t.regex(dashboard.text(), /frame 2 is not there any more/);
  await quit(dashboard);
});

test.serial(
  'news is drawn at once after a quiet spell, and then no more often than the refresh',
  async (t) => {
    const port = new FixedPort(true);
    let tell = (): void => {};
    const telling = Object.assign(port, {
      onNews: (listener: () => void) => {
        tell = listener;
      },
    });
    let nowMs = 1000;
    const dashboard = await startHeadless(telling, 80, 24, { clock: () => nowMs });
    const looks = () => port.asked.filter((asked) => asked === 'snapshot').length;
    const before = looks();
    const turn = () => new Promise((resolve) => setTimeout(resolve, 20));
    tell();
    await turn();
    t.is(looks(), before + 1);
    tell();
    tell();
    await turn();
    t.is(looks(), before + 1, 'not again at once');
    nowMs += 100;
    await quit(dashboard);
  },
);
