import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import test from 'ava';
import { listNamespaces } from '../../src/host/namespaces.js';
import { labTest, liveTest } from '../capture/ring-lab.js';

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

test('where there is no /proc there are no namespaces', (t) => {
  t.deepEqual(listNamespaces({ proc: '/no-such', named: ['/no-such'] }), {
    namespaces: [],
    unreadable: 0,
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
