import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import process from 'node:process';
import test from 'ava';
import { listNamespaces } from '../../src/host/namespaces.js';
import { labTest, liveTest } from '../capture/ring-lab.js';

const nobody = 65534;

function inodeOf(path: string): number {
  return fs.statSync(path).ino;
}

labTest(
  'a namespace of ip netns is listed once, by its name, also when processes are in it',
  async (t, lab) => {
    const child = await lab.start(/ready/, 'sh', '-c', 'echo ready; exec cat');
    const found = listNamespaces().namespaces.filter(
      ({ inode }) => inode === inodeOf(`/run/netns/${lab.name}`),
    );
    t.is(found.length, 1);
    t.like(found[0], {
      name: lab.name,
      path: `/run/netns/${lab.name}`,
      pid: child.pid,
      container: null,
      isOwn: false,
    });
  },
);

liveTest('a namespace without a name is called by its first process', async (t) => {
  const child = spawn('unshare', ['-n', 'sh', '-c', 'echo ready; exec cat'], { stdio: 'pipe' });
  try {
    await once(child.stdout, 'data');
    const found = listNamespaces().namespaces.find(({ pid }) => pid === child.pid);
    t.like(found, { path: `/proc/${child.pid}/ns/net`, isOwn: false });
    t.regex(found!.name, new RegExp(`^\\w+\\[${child.pid}\\]$`));
  } finally {
    child.kill('SIGKILL');
  }
});

liveTest('this process’s own namespace is the first', async (t) => {
  const { namespaces } = listNamespaces();
  t.true(namespaces[0].isOwn);
  t.is(namespaces[0].inode, inodeOf('/proc/self/ns/net'));
  t.is(namespaces.filter(({ isOwn }) => isOwn).length, 1);
});

/** A process whose child has ended and is not waited for: a zombie, which is in no namespace any more. */
const withZombie = [
  'python3',
  '-c',
  `import os, sys
child = os.fork()
if child == 0: os._exit(0)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
print(flush=True)
sys.stdin.read()`,
];

liveTest('hidden from another user is a namespace that only others are in, once', async (t) => {
  const here = spawn('env', withZombie, { stdio: 'pipe' });
  const elsewhere = spawn('unshare', ['-n', ...withZombie], { stdio: 'pipe' });
  t.teardown(() => here.kill('SIGKILL'));
  t.teardown(() => elsewhere.kill('SIGKILL'));
  await Promise.all([once(here.stdout, 'data'), once(elsewhere.stdout, 'data')]);
  const module = new URL('../../src/host/namespaces.js', import.meta.url);
  const code = `import { listNamespaces } from '${module}'; console.log(JSON.stringify(listNamespaces().hidden));`;
  const options = { uid: nobody, gid: nobody, encoding: 'utf8' } as const;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], options);
  if (/EACCES|Cannot find/.test(stderr)) {
    t.log('skipped: nobody may not read this folder');
    t.pass();
    return;
  }
  const hidden = JSON.parse(stdout) as string[];
  t.true(hidden.includes(`python3[${elsewhere.pid}]`), stdout);
  t.deepEqual(
    hidden.filter((name) => name.includes(`[${here.pid}]`)),
    [],
  );
  t.is(new Set(hidden).size, hidden.length);
  t.deepEqual(
    listNamespaces().hidden.filter((name) => name.includes(`[${elsewhere.pid}]`)),
    [],
  );
});

test('where there is no /proc there are no namespaces', (t) => {
  t.deepEqual(listNamespaces({ proc: '/no-such', named: ['/no-such'] }), {
    namespaces: [],
    hidden: [],
    hidesProcesses: false,
  });
});

liveTest('a file in the folder of names that is no namespace is left out', async (t) => {
  const folder = fs.mkdtempSync('/tmp/loscope-netns-');
  t.teardown(() => fs.rmSync(folder, { recursive: true }));
  fs.writeFileSync(`${folder}/left-over`, '');
  const { namespaces } = listNamespaces({ proc: '/proc', named: [folder] });
  t.is(
    namespaces.find(({ name }) => name === 'left-over'),
    undefined,
  );
});
