/**
 * The filter line in the running dashboard, on a headless terminal: from the keys that a terminal sends to the screen.
 */
import test from 'ava';
import { FixedPort } from './fixed-port.js';
import { startHeadless } from './headless.js';

const up = '\x1b[A';
const left = '\x1b[D';
const esc = '\x1b';
const ctrl = (letter: string) => String.fromCharCode(letter.charCodeAt(0) - 64);

test.serial(
  'a filter is typed, mended, applied, recalled and left with the keys of a terminal',
  async (t) => {
    const port = new FixedPort(false);
    const dashboard = await startHeadless(port, 80, 24, { live: false });
    const lines = () => dashboard.text().split('\n');
    await dashboard.press('/');
    for (const key of ['udp pot 53', left, left, left, left, 'r']) await dashboard.press(key);
    t.regex(lines()[21], /^ filter: udp port 53/);
    await dashboard.press('\r');
    t.regex(lines()[1], /only udp port 53 \(Esc: all\) +1 of 5/);
    for (const key of ['/', ctrl('U'), 'tcp and po', '\t']) await dashboard.press(key);
    t.regex(lines()[21], /^ filter: tcp and port$/);
    t.regex(lines()[22], /^ port portrange$/);
    for (const key of [ctrl('W'), ctrl('W'), ctrl('W'), 'arp', '\r']) await dashboard.press(key);
    t.regex(lines()[1], /only arp \(Esc: all\) +2 of 5/);
    for (const key of ['/', up, '\r']) await dashboard.press(key);
    t.regex(lines()[1], /only udp port 53/);
    await dashboard.press(esc);
    t.regex(lines()[1], /24 of 60/);
    t.notRegex(lines()[1], /only/);
    await dashboard.press('q');
    await dashboard.ended;
  },
);

test.serial('a long filter that is pasted is there at once, and its end is on the screen', async (t) => {
  const dashboard = await startHeadless(new FixedPort(false), 80, 24, { live: false });
  await dashboard.press('/');
  const before = performance.now();
  await dashboard.press(Array.from({ length: 100 }, (_, i) => `host 127.0.0.${i}`).join(' or '));
  t.true(performance.now() - before < 1000);
  t.regex(dashboard.text(), /or host 127\.0\.0\.99\n/);
  await dashboard.press(ctrl('C'));
  await dashboard.ended;
});

test.serial('a filter and what is wrong with it cannot control the terminal', async (t) => {
  const filter = 'udp \x1b]0;owned\x07{red-fg}';
  const dashboard = await startHeadless(new FixedPort(false), 100, 24, { live: false, filter });
  t.true(dashboard.text().includes('only udp \\x1b]0;owned\\x07{red-fg}'));
  await dashboard.press('/');
  t.true(dashboard.text().includes('filter: udp \\x1b]0;owned\\x07{red-fg}'));
  t.false(dashboard.screen.sent.includes('\x1b]0;'));
  await dashboard.press(ctrl('C'));
  await dashboard.ended;
});

/** Looks at a few packets more each time it is asked. */
class LookingPort extends FixedPort {
  looked = 0;
  override async rows(...[from, count, filter]: Parameters<FixedPort['rows']>) {
    this.looked = Math.min(this.frames, this.looked + 7);
    const { rows } = await super.rows(0, this.looked, filter);
    const found = rows.filter((row) => row.number <= this.looked);
    const page = { total: found.length, rows: found.slice(from, from + count) };
    return this.looked < this.frames ? { ...page, isPartial: true } : page;
  }
}

test.serial('a filter looks on by itself until it has looked at everything', async (t) => {
  const port = new LookingPort(false);
  const dashboard = await startHeadless(port, 80, 24, { live: false, filter: 'udp port 53' });
  const shows = async (pattern: RegExp) => {
    while (!pattern.test(dashboard.text())) {
      await new Promise((resolve) => setImmediate(resolve));
      await dashboard.drained();
    }
  };
  await shows(/1 of 5\n/);
  t.is(port.looked, 60);
  t.is(port.asked.filter((asked) => asked.startsWith('rows')).length, 9, 'and then asks no more');
  await dashboard.press(ctrl('C'));
  await dashboard.ended;
});
