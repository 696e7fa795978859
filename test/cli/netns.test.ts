/**
 * `--netns` of every command that takes it: a name, a process id and a path lead into the same namespace, and what is
 * none is told in one line.
 */
import { liveTest } from '../capture/ring-lab.js';
import { makeLab } from '../lab/lab.js';
import { run } from './run.js';

/** Each with what only the lab's host has. */
const commands: Record<string, readonly [args: readonly string[], seen: RegExp]> = {
  live: [['live', '-i', 'eth0', '--format', 'none', '--for', '0.2'], /^\d+ frames?, /],
  verify: [['verify', '--for', '0.2', '--format', 'json'], /"interface": "eth0"/],
  path: [['path', '10.77.0.1'], /^10\.77\.0\.1: way ③/],
  doctor: [['doctor', '--format', 'json'], /eth0/],
  interfaces: [['interfaces', '--format', 'json'], /10\.77\.0\.1/],
};

for (const [name, [args, seen]] of Object.entries(commands)) {
  liveTest(`${name} --netns takes a name, a process id and a path`, async (t) => {
    const lab = await makeLab();
    try {
      const keeper = await lab.host.start(/ready/, 'sh', '-c', 'echo ready; exec sleep 60');
      for (const netns of [lab.host.name, `${keeper.pid}`, `/run/netns/${lab.host.name}`]) {
        const { code, stdout, stderr } = await run([...args, '--netns', netns]);
        t.is(code, 0, `${netns}: ${stderr}`);
        t.regex(stdout + stderr, seen, netns);
      }
    } finally {
      lab.remove();
    }
  });

  liveTest(`${name} --netns refuses a file that is no network namespace`, async (t) => {
    const { code, stdout, stderr } = await run([...args, '--netns', '/etc/passwd']);
    t.is(code, 2);
    t.is(stdout, '');
    t.is(stderr, 'loscope: --netns /etc/passwd: is not a network namespace (`ip netns` lists names)\n');
  });

  liveTest(`${name} --netns refuses a name that is not there`, async (t) => {
    const { code, stderr } = await run([...args, '--netns', 'nope']);
    t.is(code, 2);
    t.is(stderr, 'loscope: --netns nope: no such network namespace (`ip netns` lists names)\n');
  });
}
