import type { ExecutionContext } from 'ava';
import type { PathReport } from '../../src/classify/path.js';
import { labTest, liveTest } from '../capture/ring-lab.js';
import { type Lab, makeLab, script, startScript } from '../lab/lab.js';
import { pathIn, sightingsOf } from './path-lab.js';

/** A lab whose host has a default route through its neighbour. */
function hostTest(title: string, body: (t: ExecutionContext, lab: Lab) => Promise<void>): void {
  liveTest(title, async (t) => {
    const lab = await makeLab();
    try {
      await lab.host.sh('ip route add default via 10.77.0.2');
      await body(t, lab);
    } finally {
      lab.remove();
    }
  });
}

/** A report in the words of a test: way, verdict, interface where it is seen, table and prefix of the entry. */
function inShort({ way, locality, seen, entry }: PathReport): string {
  const where = seen.map((each) => each.interface).join();
  return `${way} ${locality} ${where} ${entry?.table} ${entry?.type} ${entry?.prefix}`;
}

async function linkLocal({ host }: Lab): Promise<string> {
  const [, address] =
    /inet6 (fe80::\S+)\//.exec(await host.sh('ip -6 address show dev eth0 scope link')) ?? [];
  return `${address}%eth0`;
}

hostTest(
  'each way is the kernel’s, and a packet socket sees a real datagram where the report says',
  async (t, lab) => {
    await lab.host.sh('ip route add local 198.51.100.0/24 dev lo');
    await lab.host.sh('ip -6 route add local 2001:db8:2::/64 dev lo');
    await lab.host.sh('ip route add 239.1.0.0/16 dev lo');
    await startScript(
      lab.host,
      'udp.py --wait --to 239.77.0.1 --receive 239.77.0.1 --port 5001 --multicast-device eth0',
    );
    await startScript(
      lab.host,
      'udp.py --wait --to ff02::77 --receive ff02::77%eth0 --port 5002 --multicast-device eth0',
    );
    await startScript(
      lab.host,
      'udp.py --wait --to ff01::77 --receive ff01::77%eth0 --port 5003 --multicast-device eth0',
    );
    const own = await linkLocal(lab);
    const expected = {
      '127.0.0.1': 'loopback loopback lo 255 local 127.0.0.1/32',
      '127.9.8.7': 'loopback loopback lo 255 local 127.0.0.0/8',
      '::1': 'loopback loopback lo 255 local ::1/128',
      '10.77.0.1': 'own-address self-addressed lo 255 local 10.77.0.1/32',
      'fd00:77::1': 'own-address self-addressed lo 255 local fd00:77::1/128',
      [own]: `own-address self-addressed lo 255 local ${own.split('%')[0]}/128`,
      '198.51.100.7': 'own-address self-addressed lo 255 local 198.51.100.0/24',
      '2001:db8:2::5': 'own-address self-addressed lo 255 local 2001:db8:2::/64',
      '127.255.255.255': 'copy broadcast-copy lo 255 broadcast 127.255.255.255/32',
      '10.77.0.3': 'copy broadcast-copy eth0 255 broadcast 10.77.0.3/32',
      '255.255.255.255': 'copy broadcast-copy eth0 254 unicast 0.0.0.0/0',
      '239.77.0.1': 'copy multicast-copy eth0 254 unicast 0.0.0.0/0',
      '239.77.0.2': 'wire cast-original eth0 254 unicast 0.0.0.0/0',
      '239.1.2.3': 'copy multicast-copy lo 254 unicast 239.1.0.0/16',
      'ff02::77%eth0': 'copy multicast-copy eth0 255 multicast ff00::/8',
      'ff02::78%eth0': 'wire cast-original eth0 255 multicast ff00::/8',
      'ff01::77%eth0': 'copy multicast-copy  255 multicast ff00::/8',
      'ff01::78%eth0': 'refused null  255 multicast ff00::/8',
      '10.77.0.2': 'wire external eth0 254 unicast 10.77.0.0/30',
      '203.0.113.9': 'wire external eth0 254 unicast 0.0.0.0/0',
      'fd00:77::2': 'wire external eth0 254 unicast fd00:77::/64',
    };
    const addresses = Object.keys(expected);
    const reports = new Map<string, PathReport>();
    for (const address of addresses) reports.set(address, await pathIn(lab.host, address));
    t.deepEqual(
      Object.fromEntries([...reports].map(([address, report]) => [address, inShort(report)])),
      expected,
    );
    const seen = await sightingsOf(lab, addresses);
    for (const [address, { seen: predicted }] of reports) {
      t.deepEqual(
        seen.get(address),
        predicted.map((each) => each.interface),
        address,
      );
    }
  },
);

hostTest('a group names where it was joined, and the sockets that are bound to it', async (t, lab) => {
  const group = '239.77.0.1';
  const before = await pathIn(lab.host, group);
  t.like(before, { way: 'wire', wayNumber: null, joined: [], copy: { kind: 'multicast', loops: false } });
  await startScript(
    lab.host,
    `udp.py --wait --to ${group} --receive ${group} --port 5001 --multicast-device eth0`,
  );
  const after = await pathIn(lab.host, group);
  t.like(after, { way: 'copy', wayNumber: 2, joined: ['eth0'], copy: { loops: true, isVisible: false } });
  t.like(after.listeners, [{ port: 5001, uid: 0 }]);
  t.like(after.listeners[0].processes, [{ name: 'python3' }]);
});

hostTest(
  'a group that was joined on another interface gets no copy, and the report says where',
  async (t, lab) => {
    await startScript(
      lab.host,
      'udp.py --wait --to 239.77.0.9 --receive 239.77.0.9 --port 5001 --multicast-device lo',
    );
    const report = await pathIn(lab.host, '239.77.0.9');
    t.like(report, { way: 'wire', joined: ['lo'], copy: { loops: false } });
    t.deepEqual(report.notes, ['joined on lo, but it is sent by eth0']);
  },
);

hostTest('what a route refuses comes with the route, whatever refuses it', async (t, lab) => {
  const routes = [
    ['unreachable', '203.0.113.1', 'EHOSTUNREACH'],
    ['blackhole', '203.0.113.2', 'EINVAL'],
    ['prohibit', '203.0.113.3', 'EACCES'],
    ['unreachable', '2001:db8::1', 'EHOSTUNREACH'],
    ['blackhole', '2001:db8::2', 'EINVAL'],
    ['prohibit', '2001:db8::3', 'EACCES'],
  ];
  for (const [type, address, code] of routes) {
    await lab.host.sh(`ip route add ${type} ${address}`);
    const report = await pathIn(lab.host, address);
    const prefix = `${address}/${address.includes(':') ? 128 : 32}`;
    t.like(report, {
      way: 'refused',
      wayNumber: null,
      locality: null,
      seen: [],
      entry: { type, prefix, table: 254 },
    });
    t.is(report.refusal?.code, code);
    t.is(report.rule?.priority, 32766);
    await t.throwsAsync(
      sightingsOf(lab, [address]),
      { message: /udp\.py/ },
      `${address} is sent all the same`,
    );
  }
});

labTest('without a route there is no entry and no rule, only the kernel’s word', async (t, lab) => {
  for (const address of ['203.0.113.1', '2001:db8::1', '255.255.255.255']) {
    const report = await pathIn(lab, address);
    t.like(report, { way: 'refused', entry: null, rule: null });
    t.is(report.refusal?.code, 'ENETUNREACH');
  }
});

hostTest('a rule that bypasses the local table sends a loopback address to the wire', async (t, lab) => {
  await lab.host.sh('ip route add default via 10.77.0.2 table 77');
  await lab.host.sh('ip rule add pref 100 lookup local');
  await lab.host.sh('ip rule del pref 0');
  await lab.host.sh('ip rule add pref 5 to 127.0.0.9 lookup 77');
  const leak = await pathIn(lab.host, '127.0.0.9');
  t.is(inShort(leak), 'wire leak eth0 77 unicast 0.0.0.0/0');
  t.is(leak.rule?.text, '5: from all to 127.0.0.9 lookup 77');
  t.regex(leak.notes.join(), /loopback address on a wire is a leak/);
  const spared = await pathIn(lab.host, '127.0.0.8');
  t.is(inShort(spared), 'loopback loopback lo 255 local 127.0.0.0/8');
  t.is(spared.rule?.text, '100: from all lookup local');
  const seen = await sightingsOf(lab, ['127.0.0.9', '127.0.0.8']);
  t.deepEqual([...seen.values()], [['eth0'], ['lo']]);
});

hostTest('rules that refuse are told from routes that do', async (t, lab) => {
  await lab.host.sh('ip rule add pref 10 to 203.0.113.1 unreachable');
  await lab.host.sh('ip rule add pref 11 to 203.0.113.2 blackhole');
  await lab.host.sh('ip rule add pref 12 to 203.0.113.3 prohibit');
  for (const [address, priority, code] of [
    ['203.0.113.1', 10, 'ENETUNREACH'],
    ['203.0.113.2', 11, 'EINVAL'],
    ['203.0.113.3', 12, 'EACCES'],
  ] as const) {
    const report = await pathIn(lab.host, address);
    t.like(report, { way: 'refused', entry: null, rule: { priority } });
    t.is(report.refusal?.code, code);
  }
});

hostTest(
  'rules for marked, bound and other users’ sockets are shown as ones that this socket passes by',
  async (t, lab) => {
    const uid = process.getuid!();
    await lab.host.sh('ip rule add pref 10 fwmark 0x51/0xff lookup 77');
    await lab.host.sh(`ip rule add pref 11 uidrange ${uid + 1}-${uid + 9} lookup 77`);
    await lab.host.sh('ip rule add pref 12 oif eth0 lookup 77');
    await lab.host.sh('ip rule add pref 13 from 192.0.2.1 lookup 77');
    await lab.host.sh('ip rule add pref 14 to 192.0.2.0/24 lookup 77');
    await lab.host.sh('ip rule add pref 15 iif eth0 lookup 77');
    await lab.host.sh('ip rule add pref 16 ipproto tcp dport 80 lookup 77');
    await lab.host.sh('ip rule add pref 20 lookup main suppress_prefixlength 0');
    await lab.host.sh('ip rule add pref 30 goto 40');
    await lab.host.sh('ip rule add pref 31 to 203.0.113.0/24 blackhole');
    await lab.host.sh('ip rule add pref 40 nop');
    const report = await pathIn(lab.host, '203.0.113.9');
    t.is(report.rule?.priority, 32766);
    t.deepEqual(
      report.conditional.map(({ text }) => text),
      [
        '10: from all fwmark 0x51/0xff lookup 77',
        `11: from all uidrange ${uid + 1}-${uid + 9} lookup 77`,
        '12: from all oif eth0 lookup 77',
        '13: from 192.0.2.1 lookup 77',
        '16: from all ipproto 6 dport 80 lookup 77',
      ],
    );
    const near = await pathIn(lab.host, '10.77.0.2');
    t.is(near.rule?.priority, 20);
  },
);

hostTest(
  'with the local entry for 127/8 removed a loopback address leaves, and the report calls it a leak',
  async (t, lab) => {
    await lab.host.sh('ip route del local 127.0.0.0/8 dev lo table local');
    const leak = await pathIn(lab.host, '127.0.0.5');
    t.is(inShort(leak), 'wire leak eth0 254 unicast 0.0.0.0/0');
    t.is(inShort(await pathIn(lab.host, '127.0.0.1')), 'loopback loopback lo 255 local 127.0.0.1/32');
    const seen = await sightingsOf(lab, ['127.0.0.5', '127.0.0.1']);
    t.deepEqual([...seen.values()], [['eth0'], ['lo']]);
  },
);

hostTest('with its local entry removed an own address is a hairpin', async (t, lab) => {
  await lab.host.sh('ip address add 10.77.9.1/32 dev lo');
  await lab.host.sh('ip route del local 10.77.9.1 dev lo table local');
  const report = await pathIn(lab.host, '10.77.9.1');
  t.like(report, { way: 'wire', locality: 'hairpin' });
  t.regex(report.notes[0], /10\.77\.9\.1 is this host’s own/);
  t.deepEqual([...(await sightingsOf(lab, ['10.77.9.1'])).values()], [['eth0']]);
});

labTest('loopback that is down takes nothing, though the kernel still has the route', async (t, lab) => {
  await lab.sh('ip link set lo down');
  const report = await pathIn(lab, '127.0.0.1');
  t.like(report, { way: 'refused', refusal: { code: 'ENETDOWN', text: 'lo is down' }, seen: [] });
  t.deepEqual(report.notes, ['lo is down, so nothing loops back (ip link set lo up)']);
  await t.throwsAsync(script(lab, 'udp.py --to 127.0.0.1 --receive 127.0.0.1'), { message: /heard nothing/ });
});

hostTest('an interface without a carrier is said', async (t, lab) => {
  await lab.host.sh('sysctl -qw net.ipv4.conf.eth0.ignore_routes_with_linkdown=0');
  await lab.neighbour.sh('ip link set eth0 down');
  const report = await pathIn(lab.host, '10.77.0.2');
  t.deepEqual(report.notes, ['eth0 has no carrier']);
});

hostTest(
  'a zone chooses the interface, by name or index; an unknown one and a missing one are refused',
  async (t, lab) => {
    const own = await linkLocal(lab);
    const address = own.split('%')[0];
    const index = (await lab.host.sh('cat /sys/class/net/eth0/ifindex')).trim();
    t.is((await pathIn(lab.host, `${address}%${index}`)).way, 'own-address');
    t.is((await pathIn(lab.host, 'fe80::9%eth0')).way, 'wire');
    await lab.host.sh('ip link add a0 type veth peer name a1');
    await lab.host.sh('ip link set a0 up');
    await lab.host.sh('ip link set a1 up');
    t.like(await pathIn(lab.host, `${address}%a0`), { way: 'wire', locality: 'external' });
    await t.throwsAsync(pathIn(lab.host, 'fe80::9'), {
      message: /means another host on each link .*fe80::9%eth0/,
    });
    await t.throwsAsync(pathIn(lab.host, 'fe80::9%nope'), { message: /no interface nope/ });
    await t.throwsAsync(pathIn(lab.host, 'fe80::9%999999'), { message: /no interface 999999/ });
    const chosen = await pathIn(lab.host, 'ff02::99');
    t.regex(chosen.notes.join(), /the kernel chose eth0/);
    t.regex((await pathIn(lab.host, '::1%eth0')).notes.join(), /means nothing/);
  },
);

hostTest('several next hops are counted and the kernel’s choice is the one that is shown', async (t, lab) => {
  await lab.host.sh(
    'ip route add 203.0.113.0/24 nexthop via 10.77.0.2 dev eth0 nexthop via 10.77.0.2 dev eth0 weight 3 onlink',
  );
  const report = await pathIn(lab.host, '203.0.113.9');
  t.is(report.entry?.hops, 2);
  t.is(report.facts.answer.route?.gateway, '10.77.0.2');
});
