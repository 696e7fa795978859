/**
 * No false alarm in ordinary traffic: six seconds of it always, ten minutes with LOSCOPE_ORDINARY_SECONDS=600.
 */
import process from 'node:process';
import type { ExecutionContext } from 'ava';
import { liveTest } from '../capture/ring-lab.js';
import { finished, printed, start } from '../cli/run.js';
import { ingredients, makeSite } from '../lab/ordinary-traffic.js';

const seconds = Number(process.env.LOSCOPE_ORDINARY_SECONDS ?? 6);
/** Around the watch itself. */
const patienceMs = 60_000;

interface Finding {
  readonly id: string;
  readonly severity: string;
}

async function run(t: ExecutionContext): Promise<void> {
  t.timeout(seconds * 1000 + patienceMs);
  const site = await makeSite();
  try {
    const child = start(['verify', '--netns', site.host.name, '--format', 'json', '--for', `${seconds}`]);
    let isOver = false;
    const result = finished(child).finally(() => {
      isOver = true;
    });
    await printed(child, 'watching');
    let played = 0;
    for (; !isOver; played++) await ingredients[played % ingredients.length].play(site);
    const { code, stdout } = await result;
    const { verdict, watched, findings } = JSON.parse(stdout);
    const carried = watched.map((each: { interface: string; framesSeen: number; framesMatched: number }) => {
      return `${each.interface} ${each.framesSeen} (${each.framesMatched} looked at)`;
    });
    t.log(`${Math.floor(played / ingredients.length)} rounds in ${seconds} s; frames: ${carried.join(', ')}`);
    t.true(played > ingredients.length, `${played} of ${ingredients.length}: not all was played`);
    t.is(verdict, 'clean', stdout);
    t.is(code, 0);
    t.deepEqual(
      (findings as Finding[]).filter(({ id, severity }) => severity !== 'note' && !id.startsWith('setting-')),
      [],
    );
    for (const each of watched) {
      t.true(each.framesSeen > 0, stdout);
      t.is(each.dropped, 0);
      t.is(each.blindBecause, null);
    }
  } finally {
    site.remove();
  }
}

liveTest(`ordinary traffic of every kind for ${seconds} seconds: clean`, run);
