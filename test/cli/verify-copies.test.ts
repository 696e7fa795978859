/**
 * `loscope verify --observe-copies` in a lab: copies are counted against real senders and receivers, never leak, and
 * their table goes with the check, however it ends. Without the option their number is inferred.
 */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import process from 'node:process';
import { type Lab, script, startScript } from '../lab/lab.js';
import { ruleset } from '../lab/nft.js';
import { copiesTest } from './copies-lab.js';
import { bin, finished, printed, start } from './run.js';

/** Starts the check; it has begun when this resolves. */
async function begin(
  { host }: Lab,
  args: readonly string[],
): Promise<{ child: ChildProcessWithoutNullStreams; result: ReturnType<typeof finished> }> {
  const child = start(['verify', '--netns', host.name, '--format', 'json', ...args]);
  const result = finished(child);
  await printed(child, 'watching');
  return { child, result };
}

/** A member of 239.77.0.1 that is there all the time; what it would hear goes to another port. */
function join({ host }: Lab): Promise<void> {
  const member = '--multicast-device eth0 --to 239.77.0.1 --receive 0.0.0.0 --port 5999';
  return startScript(host, `udp.py --wait ${member}`);
}

/** Two directed broadcasts, one limited one in fragments, three multicasts to a member, what has no copy, and others' casts. */
async function sendCasts({ host, neighbour }: Lab): Promise<void> {
  const group = '--multicast-device eth0 --to 239.77.0.1 --expect 0';
  await script(host, 'udp.py --to 10.77.0.3 --receive 0.0.0.0 --count 2');
  await script(host, 'udp.py --device eth0 --to 255.255.255.255 --receive 0.0.0.0 --size 4000');
  await script(host, `udp.py ${group} --count 3`);
  await script(host, 'udp.py --multicast-device eth0 --to 239.77.0.2 --expect 0');
  await script(neighbour, 'udp.py --to 10.77.0.3 --expect 0 --count 5');
  await script(host, 'udp.py --to 10.77.0.2');
}

for (const isObserving of [true, false]) {
  copiesTest(
    `copies are counted, ${isObserving ? 'observed' : 'inferred'}, and none is a leak`,
    async (t, lab) => {
      await join(lab);
      const { result } = await begin(lab, ['--for', '2.5', ...(isObserving ? ['--observe-copies'] : [])]);
      await sendCasts(lab);
      const { code, stdout } = await result;
      t.is(code, 0, stdout);
      const { copies, findings } = JSON.parse(stdout);
      t.like(copies, { observed: isObserving, broadcast: 3, multicast: 3, atLeastBecause: null });
      // IGMP of the member and neighbour discovery go out too.
      t.is(copies.originals.broadcast, 3);
      t.true(copies.originals.multicast >= 4);
      t.deepEqual(
        findings.filter(({ severity }: { severity: string }) => severity === 'error'),
        [],
      );
      t.is(await ruleset(lab.host), '');
    },
  );
}

copiesTest('a multicast that its sender keeps from looping back has no copy to observe', async (t, lab) => {
  await join(lab);
  const { result } = await begin(lab, ['--for', '1.5', '--observe-copies']);
  const group = '--multicast-device eth0 --to 239.77.0.1 --expect 0';
  await script(lab.host, `udp.py ${group} --no-loop --count 4`);
  await script(lab.host, `udp.py ${group}`);
  const { copies } = JSON.parse((await result).stdout);
  t.like(copies, { observed: true, broadcast: 0, multicast: 1 });
});

copiesTest('a table that may not be made is told in one line', async (t, lab) => {
  const without = ['setpriv', '--bounding-set', '-net_admin', '--inh-caps', '-net_admin'];
  const child = lab.host.spawn([
    ...without,
    process.execPath,
    bin,
    'verify',
    '--observe-copies',
    '--for',
    '0.2',
  ]);
  const { code, stdout, stderr } = await finished(child);
  t.is(code, 2);
  t.is(stdout, '');
  t.regex(
    stderr,
    /^loscope: --observe-copies: this user may not make an nftables table: needs cap_net_admin \(.*\)\n$/,
  );
});

copiesTest('below a bridge a datagram counts once', async (t, { host, neighbour }) => {
  await host.sh('ip link add br0 type bridge');
  await host.sh('ip link set br0 up');
  for (const name of ['p0', 'p1']) {
    await host.sh(`ip link add ${name} type veth peer name ${name} netns ${neighbour.name}`);
    await host.sh(`ip link set ${name} master br0 up`);
    await neighbour.sh(`ip link set ${name} up`);
  }
  await host.sh('ip address add 10.99.0.1/24 brd + dev br0');
  const child = start(['verify', '--netns', host.name, '--format', 'json', '--for', '1.5']);
  const result = finished(child);
  await printed(child, 'watching');
  await script(host, 'udp.py --to 10.99.0.255 --receive 0.0.0.0 --count 2');
  const { copies } = JSON.parse((await result).stdout);
  t.is(copies.broadcast, 2);
  t.is(copies.originals.broadcast, 2);
});

/** Sends so many broadcasts as fast as it can. */
const flood = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
for _ in range(200000):
    s.sendto(b'x', ('10.77.0.3', 5000))
`;

copiesTest(
  'originals that are too many to count are at least so many, also beside observed copies',
  async (t, lab) => {
    const { child, result } = await begin(lab, ['--for', '50', '--observe-copies']);
    await lab.host.run('python3', '-c', flood);
    child.kill('SIGINT');
    const { copies } = JSON.parse((await result).stdout);
    t.true(copies.observed);
    t.true(copies.originals.broadcast < 200_000, `${copies.originals.broadcast}`);
    t.regex(copies.atLeastBecause, /of the originals|originals were counted/);
  },
);
