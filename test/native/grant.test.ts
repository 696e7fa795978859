import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { ExecutionContext } from 'ava';
import { helperPath } from '../../src/capture/native.js';
import { liveTest } from '../capture/ring-lab.js';
import { root } from '../corpus.js';

const nobody = 65534;

function copyOfHelper(t: ExecutionContext): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-grant-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true }));
  fs.chmodSync(folder, 0o755);
  const file = path.join(folder, 'loscope-open');
  fs.copyFileSync(helperPath(), file);
  return file;
}

function grant(file: string, env: NodeJS.ProcessEnv, as: { uid?: number; gid?: number } = {}) {
  const program = path.join(root, 'bin', 'grant.mjs');
  return spawnSync(process.execPath, [program], {
    ...as,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, LOSCOPE_OPEN: file, ...env },
  });
}

liveTest('grant gives capabilities to the helper for one group, and says how to undo it', async (t) => {
  const file = copyOfHelper(t);
  const { status, stdout, stderr } = grant(file, { SUDO_GID: String(nobody) });
  if (/setcap/.test(stderr)) {
    t.log(`skipped: ${stderr}`);
    t.pass();
    return;
  }
  t.is(stderr, '');
  t.is(status, 0);
  const { uid, gid, mode } = fs.statSync(file);
  t.deepEqual([uid, gid, mode & 0o7777], [0, nobody, 0o750]);
  const caps = spawnSync('getcap', [file], { encoding: 'utf8' });
  t.regex(caps.stdout, /cap_net_raw,cap_sys_admin[=+]+p\n$/);
  t.true(stdout.endsWith(`to undo: sudo setcap -r ${file}\n`));
  const { status: refused } = spawnSync(file, [], { uid: nobody, gid: nobody });
  t.is(refused, 1);
  t.is((spawnSync(file, [], { uid: nobody, gid: 1 }).error as NodeJS.ErrnoException).code, 'EACCES');
});

liveTest('grant needs root, and to know for whom', async (t) => {
  const file = copyOfHelper(t);
  const unknown = grant(file, {});
  t.is(unknown.status, 2);
  t.regex(unknown.stderr, /^loscope: grant: who is to have the right\?/);
  const user = grant(file, {}, { uid: nobody, gid: nobody });
  if (user.status !== 2) {
    t.log('skipped: nobody may not read this folder');
    return;
  }
  t.regex(user.stderr, /^loscope: grant: only root may grant/);
});
