import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import test, { type ExecutionContext } from 'ava';
import { helperPath } from '../../src/capture/native.js';
import { cannot, liveTest } from '../capture/ring-lab.js';
import { bin, finished, printed, start } from '../cli/run.js';
import { makeNamespace } from '../lab/netns.js';

const nobody = 65534;

/** A copy of the helper in a folder that everybody may enter, with capabilities. */
function grantedHelper(t: ExecutionContext, capabilities: string): string | null {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-open-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true }));
  fs.chmodSync(folder, 0o755);
  const file = path.join(folder, 'loscope-open');
  fs.copyFileSync(helperPath(), file);
  fs.chmodSync(file, 0o755);
  if (capabilities === '') return file;
  const { status, stderr, error } = spawnSync('setcap', [capabilities, file], { encoding: 'utf8' });
  if (status === 0) return file;
  t.log(`skipped: setcap: ${error?.message ?? stderr.trim()}`);
  t.pass();
  return null;
}

/** Can that user run the program at all, from where it lies? */
function canRun(t: ExecutionContext): boolean {
  const { status } = spawnSync(process.execPath, [bin, '--version'], { uid: nobody, gid: nobody });
  if (status === 0) return true;
  t.log('skipped: nobody may not read this folder');
  t.pass();
  return false;
}

function asNobody(helper: string, args: readonly string[]) {
  const env = { ...process.env, LOSCOPE_OPEN: helper };
  return start(args, { uid: nobody, gid: nobody, env });
}

liveTest('a user without privilege captures through the granted helper', async (t) => {
  const helper = grantedHelper(t, 'cap_net_raw,cap_sys_admin+p');
  if (helper === null || !canRun(t)) return;
  const namespace = await makeNamespace();
  try {
    const args = ['live', '--netns', namespace.name, '--format', 'ndjson', '-c', '2', 'icmp[0] == 8'];
    const child = asNobody(helper, args);
    const result = finished(child);
    await namespace.sh('ip address add 192.0.2.7/32 dev lo');
    const ping = namespace.spawn(['ping', '-i', '0.2', '192.0.2.7']);
    const { code, stdout, stderr } = await result;
    ping.kill();
    t.is(stderr, '2 frames, 196 bytes, 0 dropped\n');
    t.is(code, 0);
    // The address came after the start and is this namespace's alone: its tables were read there, anew.
    const last = JSON.parse(stdout.trimEnd().split('\n')[1]) as Record<string, unknown>;
    t.like(last, { dst: '192.0.2.7', locality: 'self-addressed', evidence: 'live' });
  } finally {
    namespace.remove();
  }
});

liveTest('on this host too, and only for packets where only that was granted', async (t) => {
  const helper = grantedHelper(t, 'cap_net_raw+p');
  if (helper === null || !canRun(t)) return;
  const child = asNobody(helper, ['live', '--format', 'text', '-c', '1', 'icmp']);
  const result = finished(child);
  const namespace = await makeNamespace();
  const pings = setInterval(() => spawnSync('ping', ['-c', '1', '127.0.0.1']), 100);
  const { code } = await result;
  clearInterval(pings);
  t.is(code, 0);
  const elsewhere = await finished(asNobody(helper, ['live', '--netns', namespace.name, '--format', 'text']));
  namespace.remove();
  t.is(elsewhere.code, 2);
  t.regex(elsewhere.stderr, /loscope-open: needs cap_sys_admin to enter a network namespace/);
});

liveTest('a check through the granted helper proves that a leak would be seen', async (t) => {
  const helper = grantedHelper(t, 'cap_net_raw,cap_sys_admin+p');
  if (helper === null || !canRun(t)) return;
  const namespace = await makeNamespace();
  try {
    await namespace.sh('ip link add a0 type veth peer name b0');
    await namespace.sh('ip link set a0 up');
    await namespace.sh('ip link set b0 up');
    const args = ['verify', '--netns', namespace.name, '--for', '0.2', '--format', 'json'];
    const { code, stdout } = await finished(asNobody(helper, args));
    t.like(JSON.parse(stdout), { verdict: 'clean', blindBecause: null, canary: 'seen' });
    t.is(code, 0);
  } finally {
    namespace.remove();
  }
});

liveTest('without capabilities every failure is told', async (t) => {
  const helper = grantedHelper(t, '');
  if (helper === null || !canRun(t)) return;
  const { code, stderr } = await finished(asNobody(helper, ['live', '--engine', 'fast', '--format', 'text']));
  t.is(code, 2);
  t.regex(
    stderr,
    /^loscope: lo: this user may not capture packets: this process: needs cap_net_raw; loscope-open: needs cap_net_raw \(run as root, or once: sudo .*grant\.mjs\)\n$/,
  );
});

liveTest('a namespace is meant by name, by process id or by path', async (t) => {
  const namespace = await makeNamespace();
  try {
    const ping = namespace.spawn(['ping', '-i', '0.1', '127.0.0.3']);
    for (const text of [namespace.name, String(ping.pid), `/run/netns/${namespace.name}`]) {
      const child = start(['live', '--netns', text, '--format', 'text', '-c', '2', 'host 127.0.0.3']);
      const result = finished(child);
      await printed(child, '127.0.0.3');
      t.is((await result).code, 0, text);
    }
    ping.kill();
    const other = await finished(start(['live', '--netns', '/etc/hostname', '--format', 'text']));
    t.is(other.code, 2);
    t.regex(other.stderr, /^loscope: --netns \/etc\/hostname: .*\n$/);
  } finally {
    namespace.remove();
  }
});

const wrong: [title: string, args: string[]][] = [
  ['no arguments', []],
  ['a channel that is no socket', ['0', '1', '0']],
  ['a channel that is not open', ['99', '1', '0']],
  ['a number that is none', ['3', '1x', '0']],
  ['too many sockets', ['3', '65', '0']],
  ['a relative path', ['3', '1', '0', 'ns']],
  ['a long path', ['3', '1', '0', `/${'x'.repeat(300)}`]],
];
for (const [title, args] of wrong) {
  test(`loscope-open refuses ${title}`, (t) => {
    if (cannot === 'needs the addon' || !fs.existsSync(helperPath())) {
      t.log('skipped: it is not compiled');
      t.pass();
      return;
    }
    const { status, stderr } = spawnSync(helperPath(), args, { encoding: 'utf8' });
    t.is(status, 1);
    t.regex(stderr, /^\d+ arguments\n$/);
  });
}
