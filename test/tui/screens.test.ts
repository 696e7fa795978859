/**
 * Whole screens of the dashboard on a headless terminal, against plain-text goldens in `screens/`. Below each screen
 * stands what is in reverse video (row: from-to), so that selection and lit bytes are part of it. Rewritten by
 * UPDATE_GOLDEN=1 and read in review.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import type { DashboardOptions } from '../../src/tui/app.js';
import { FixedPort } from './fixed-port.js';
import { type Headless, startHeadless } from './headless.js';

const goldens = new URL('../../../test/tui/screens/', import.meta.url);

interface Scene {
  readonly name: string;
  readonly columns: number;
  readonly rows: number;
  readonly file?: true;
  /** Keys pressed one after the other, after half a minute of capture. */
  readonly keys?: readonly string[];
  readonly options?: Partial<DashboardOptions>;
  readonly prepare?: (port: FixedPort) => void;
}

const down = '\x1b[B';
const right = '\x1b[C';

const scenes: readonly Scene[] = [
  { name: 'ways-live-80x24', columns: 80, rows: 24 },
  { name: 'ways-live-160x50', columns: 160, rows: 50, keys: ['j', 'j'] },
  { name: 'ways-file-80x24', columns: 80, rows: 24, file: true },
  { name: 'ways-live-60x15', columns: 60, rows: 15, keys: ['G'] },
  { name: 'ways-ascii-80x24', columns: 80, rows: 24, keys: ['j'], options: { ascii: true, color: 'none' } },
  {
    name: 'ways-loopback-only-80x24',
    columns: 80,
    rows: 24,
    options: { notice: 'eth0: no permission to capture; leaks cannot be seen (try: sudo loscope)' },
    prepare: (port) => {
      port.onlyLoopback = true;
    },
  },
  { name: 'packets-live-80x24', columns: 80, rows: 24, keys: ['2'] },
  { name: 'packets-live-160x50', columns: 160, rows: 50, keys: ['2'] },
  { name: 'packets-live-60x15', columns: 60, rows: 15, keys: ['2'] },
  { name: 'packets-tree-160x50', columns: 160, rows: 50, file: true, keys: ['2', '\r', down, right, 'G'] },
  {
    name: 'packets-hex-80x24',
    columns: 80,
    rows: 24,
    file: true,
    keys: ['2', '\r', '\r', down, down, right],
  },
  { name: 'packets-stacked-100x40', columns: 100, rows: 40, file: true, keys: ['2', '\r', down, down] },
  { name: 'packets-zoomed-tree-80x24', columns: 80, rows: 24, file: true, keys: ['2', '\r', '\\'] },
  { name: 'packets-filtered-80x24', columns: 80, rows: 24, keys: ['j', 'j', '2'] },
  { name: 'packets-search-80x24', columns: 80, rows: 24, file: true, keys: ['2', '\x13', 'dhcp'] },
  {
    name: 'filter-mistake-80x24',
    columns: 80,
    rows: 24,
    file: true,
    keys: ['2', '/', 'tcp port eighty or udp'],
  },
  { name: 'filter-mistake-160x50', columns: 160, rows: 50, keys: ['/', 'host 127.0.0.1 and tcp port'] },
  {
    name: 'filter-unfinished-ascii-60x15',
    columns: 60,
    rows: 15,
    keys: ['2', '/', 'udp and'],
    options: { ascii: true, color: 'none' },
  },
  {
    name: 'filter-long-60x15',
    columns: 60,
    rows: 15,
    keys: ['2', '/', 'host 127.0.0.1 and (port 8080 or port 8081 or port 8082 or prt 1) and udp'],
  },
  {
    name: 'filter-choices-80x24',
    columns: 80,
    rows: 24,
    file: true,
    keys: ['3', '/', 'udp and por', '\t'],
  },
  {
    name: 'filter-packets-80x24',
    columns: 80,
    rows: 24,
    file: true,
    keys: ['2', '/', 'udp port 5353', '\r'],
  },
  { name: 'filter-flows-160x50', columns: 160, rows: 50, keys: ['3', '/', 'tcp', '\r'] },
  { name: 'filter-nothing-80x24', columns: 80, rows: 24, keys: ['2', '/', 'sctp', '\r'] },
  {
    name: 'filter-given-100x40',
    columns: 100,
    rows: 40,
    file: true,
    options: { filter: 'udp port 53' },
  },
  { name: 'flows-live-80x24', columns: 80, rows: 24, keys: ['3', 'j'] },
  { name: 'flows-live-160x50', columns: 160, rows: 50, keys: ['3', 's', 's', 's', 's', 's', 's'] },
  { name: 'flow-packets-80x24', columns: 80, rows: 24, file: true, keys: ['3', 'j', 'j', '\r'] },
  { name: 'help-80x24', columns: 80, rows: 24, keys: ['?'] },
  { name: 'help-160x50', columns: 160, rows: 50, keys: ['?'] },
  { name: 'clear-80x24', columns: 80, rows: 24, keys: ['x'] },
  { name: 'too-small-59x14', columns: 59, rows: 14 },
  {
    name: 'trouble-80x24',
    columns: 80,
    rows: 24,
    file: true,
    prepare: (port) => {
      port.first = 41;
      port.damage = 'pcapng block at byte 1832: length 12 is below the minimum 28';
      port.changed = { dropped: 1234 };
    },
  },
];

async function play(scene: Scene): Promise<Headless> {
  const port = new FixedPort(scene.file !== true);
  scene.prepare?.(port);
  const options = scene.file ? { live: false, title: 'trace.pcapng', ...scene.options } : scene.options;
  const dashboard = await startHeadless(port, scene.columns, scene.rows, options);
  for (let second = 1; second <= 30; second++) {
    if (port.live) port.frames += 12 + (second % 7) * 24;
    await dashboard.pass(1000);
  }
  for (const key of scene.keys ?? []) await dashboard.press(key);
  return dashboard;
}

for (const scene of scenes) {
  test.serial(`the screen ${scene.name} is as its golden`, async (t) => {
    const dashboard = await play(scene);
    const screen = dashboard.text();
    t.is(screen.split('\n').length - 1, scene.rows);
    const shown = `${screen}\nreversed\n${dashboard.reversed()}`;
    await dashboard.press('\x03');
    await dashboard.ended;
    const golden = new URL(`${scene.name}.txt`, goldens);
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden, shown);
    t.is(shown, readFileSync(golden, 'utf8'));
  });
}

test.serial('nothing hostile from the wire reaches the terminal', async (t) => {
  const port = new FixedPort(false);
  const dashboard = await startHeadless(port, 160, 50, {
    live: false,
    title: 'a\x1b]0;owned\x07{red-fg}.pcap',
  });
  for (const key of ['2', '\r', '3']) await dashboard.press(key);
  t.true(dashboard.text().split('\n')[0].includes('a\\x1b]0;owned\\x07{red-fg}.pcap'));
  t.false(dashboard.screen.sent.includes('\x1b]0;'));
  t.false(dashboard.screen.sent.includes('\x1b[31m'));
  await dashboard.press('q');
  await dashboard.ended;
});
