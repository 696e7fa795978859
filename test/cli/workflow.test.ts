/**
 * README's workflow, as GitHub runs it: the step's script itself, in a namespace, with tests that leak or do not.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { ExecutionContext } from 'ava';
import { liveTest } from '../capture/ring-lab.js';
import { root } from '../corpus.js';
import { makeLab, scriptArgv } from '../lab/lab.js';
import { bin, finished, type Result } from './run.js';

/** What GitHub gives to `shell: bash`. */
const shell = ['bash', '--noprofile', '--norc', '-eo', 'pipefail'] as const;

/** The script of the step. */
function stepScript(): string {
  const readme = fs.readFileSync(path.join(root, 'README.md'), 'utf8');
  return /^ {4}run: \|\n((?: {6}.*\n)+)/m.exec(readme)![1];
}

/** A folder with the programs that the script calls. @param tests shell text that `npm test` is */
function programs(t: ExecutionContext, tests: string): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-workflow-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true }));
  const scripts = { sudo: 'exec "$@"', loscope: `exec ${process.execPath} ${bin} "$@"`, npm: tests };
  for (const [name, text] of Object.entries(scripts))
    fs.writeFileSync(path.join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return folder;
}

/** Runs the step on a host that lets 127/8 out. */
async function runStep(t: ExecutionContext, script: string, tests: string): Promise<Result> {
  const folder = programs(t, tests);
  fs.writeFileSync(path.join(folder, 'step'), script);
  const lab = await makeLab();
  try {
    await lab.host.sysctl('net.ipv4.conf.all.route_localnet', 1);
    const inFolder = `cd ${folder} && PATH=${folder}:$PATH exec "$0" "$@" step`;
    return await finished(lab.host.spawn(['sh', '-c', inFolder, ...shell]));
  } finally {
    lab.remove();
  }
}

const short = (script: string): string => script.replace('--for 120', '--for 1');
const leaking = `exec python3 ${scriptArgv('udp.py --source 127.0.0.1 --to 10.77.0.2 --count 2').join(' ')}`;

liveTest('the workflow’s step is clean, says so, and ends as the tests do', async (t) => {
  const passed = await runStep(t, short(stepScript()), 'echo tested');
  t.is(passed.code, 0, passed.stdout);
  t.regex(
    passed.stdout,
    /^tested\nwatching eth0 for 1 s\nCLEAN: nothing of loopback on 1 interface in .*\n$/,
  );
  const failed = await runStep(t, short(stepScript()), 'exit 7');
  t.is(failed.code, 7);
  t.regex(failed.stdout, /\nCLEAN: /);
});

liveTest('the workflow’s step fails with a leak, and shows the verdict', async (t) => {
  const { code, stdout } = await runStep(t, short(stepScript()), leaking);
  t.is(code, 1);
  t.regex(stdout, /\nLEAK: \d+ frames? that should have stayed on loopback\n$/);
});

liveTest('where the check does not begin, the workflow’s step goes on at once and shows why', async (t) => {
  const unknown = stepScript().replace('--for 120', '--fro 120');
  const { code, stdout } = await runStep(t, unknown, 'echo tested');
  t.is(code, 2);
  t.regex(stdout, /^tested\nloscope: unknown option .*--fro/);
  const script = stepScript().replace('sudo ', 'false ');
  t.is((await runStep(t, script, 'exit 0')).code, 1);
});
