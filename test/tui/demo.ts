/**
 * The dashboard over fixed data on the terminal it is started from, to look at it and to test it under a
 * pseudo-terminal: `node dist/test/tui/demo.js [live|file] [none|16|256] [ascii]`. Ends with exit code 0 on `q`, and
 * on a signal with 128 and its number, as the program does.
 */
import { constants } from 'node:os';
import { runDashboard } from '../../src/tui/app.js';
import type { ColorDepth } from '../../src/tui/palette.js';
import { FixedPort } from './fixed-port.js';

const [kind = 'live', color = '256', lines = ''] = process.argv.slice(2);
const live = kind !== 'file';
const port = new FixedPort(live);
const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) {
  process.on(signal, () => {
    process.exitCode = 128 + constants.signals[signal];
    stop.abort();
  });
}
const traffic = setInterval(() => {
  if (live) port.frames += Math.round(20 + 15 * Math.sin(Date.now() / 1500));
}, 100);
if (kind === 'crash') setTimeout(() => JSON.parse('{'), 500);
await runDashboard(port, {
  title: live ? 'lo' : 'trace.pcapng',
  live,
  notice: null,
  ascii: lines === 'ascii',
  color: color as ColorDepth,
  clock: () => performance.now(),
  refreshMs: 100,
  signal: stop.signal,
});
clearInterval(traffic);
