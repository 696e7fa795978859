/**
 * The compiled code beside the bundle (bin/code-cache.mjs): used where it is of this very bundle and whole, else not.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import test, { type ExecutionContext } from 'ava';
import { root } from '../corpus.js';

/** A copy of the installed program, to be damaged. */
function installed(t: ExecutionContext): { bundle: string; cache: string; run: () => string } {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-cache-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true }));
  for (const name of ['bin', 'package.json', path.join('dist', 'bundle')])
    fs.cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
  const bundle = path.join(folder, 'dist', 'bundle');
  const cache = fs.readdirSync(bundle).find((name) => name.endsWith('.cache'))!;
  const run = (): string => {
    const { stdout, signal } = spawnSync(process.execPath, [path.join(folder, 'bin', 'loscope'), '--help'], {
      encoding: 'utf8',
    });
    return signal ?? stdout;
  };
  return { bundle: path.join(bundle, 'main.js'), cache: path.join(bundle, cache), run };
}

test('a bundle that was changed is run as it is', (t) => {
  const { bundle, run } = installed(t);
  const source = fs.readFileSync(bundle, 'utf8');
  t.regex(run(), /how it got there/);
  fs.writeFileSync(bundle, source.replaceAll('how it got there', 'HOW IT GOT THERE'));
  t.regex(run(), /HOW IT GOT THERE/);
});

test('code that is damaged, cut, empty or absent is not run', (t) => {
  const { cache, run } = installed(t);
  const code = fs.readFileSync(cache);
  const help = run();
  for (const at of [0, 19, 20, 24, 200, code.length >> 2, code.length >> 1, code.length - 1]) {
    const damaged = Buffer.from(code);
    damaged[at] ^= 0x55;
    fs.writeFileSync(cache, damaged);
    t.is(run(), help, `byte ${at}`);
  }
  for (const length of [0, 19, 20, code.length - 1]) {
    fs.writeFileSync(cache, code.subarray(0, length));
    t.is(run(), help, `${length} bytes`);
  }
  fs.rmSync(cache);
  t.is(run(), help);
});
