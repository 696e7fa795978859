import type { ExecutionContext } from 'ava';
import { type Lab, script, startScript } from '../lab/lab.js';
import { cannotNft, nft } from '../lab/nft.js';
import { missingProgram } from '../verify/settings-scene.js';
import { labTest, type ServiceRecord, type ServicesRecord, servicesOf } from './services-lab.js';

/** A socket, who should be told to reach it, and how a neighbour tries. */
interface Scene {
  /** For listen.py. */
  readonly socket: string;
  readonly exposure: string;
  /** For reach.py. */
  readonly attempt: string;
  readonly isReached: boolean;
}

function exposureLine({ exposure: { kind, through } }: ServiceRecord): string {
  return [kind, ...through].join(' ');
}

/** Compares what is told of each socket, and that with whether the neighbour gets there. */
async function compare(t: ExecutionContext, lab: Lab, scenes: readonly Scene[]): Promise<ServicesRecord> {
  const record = await servicesOf(t, lab);
  const compareOne = async ({ socket, exposure, attempt, isReached }: Scene): Promise<void> => {
    const [protocol, , port] = socket.split(',');
    const service = record.services.find((each) => each.protocol === protocol && each.port === Number(port));
    t.is(service && exposureLine(service), exposure, socket);
    const said = await script(lab.neighbour, `reach.py ${attempt}`);
    t.is(said.startsWith('reached'), isReached, `${socket}: ${said}`);
  };
  await Promise.all(scenes.map(compareOne));
  t.deepEqual(record.unseen, []);
  return record;
}

const linkLocal = 'fe80::ff:fe00:1%eth0';

const plainScenes: readonly Scene[] = [
  ['tcp,127.0.0.1,8001', 'host', 'tcp 127.0.0.1 8001 eth0', false],
  ['tcp,127.9.9.9,8002', 'host', 'tcp 127.9.9.9 8002 eth0', false],
  ['tcp,::1,8003', 'host', 'tcp ::1 8003 eth0', false],
  ['tcp,::ffff:127.0.0.1,8004', 'host', 'tcp 127.0.0.1 8004 eth0', false],
  ['tcp,0.0.0.0,8005', 'everyone eth0', 'tcp 10.77.0.1 8005', true],
  ['tcp,::,8006', 'everyone eth0', 'tcp 10.77.0.1 8006', true],
  ['tcp,::,8007,v6only', 'everyone eth0', 'tcp fd00:77::1 8007', true],
  ['tcp,10.77.0.1,8008', 'network eth0', 'tcp 10.77.0.1 8008', true],
  ['tcp,fd00:77::1,8009', 'network eth0', 'tcp fd00:77::1 8009', true],
  [`tcp,${linkLocal},8010`, 'link eth0', `tcp ${linkLocal} 8010`, true],
  ['tcp,10.99.0.1,8011', 'network eth0', 'tcp 10.99.0.1 8011', true],
  ['tcp,10.50.1.1,8012', 'network eth0', 'tcp 10.50.1.1 8012', true],
  ['tcp,10.1.2.3,8013', 'network', 'tcp 10.1.2.3 8013', false],
  ['tcp,0.0.0.0,8014,device=lo', 'host', 'tcp 10.77.0.1 8014', false],
  ['tcp,0.0.0.0,8015,device=eth0', 'network eth0', 'tcp 10.77.0.1 8015', true],
  ['udp,127.0.0.1,8101', 'host', 'udp 127.0.0.1 8101 eth0', false],
  ['udp,0.0.0.0,8102', 'everyone eth0', 'udp 10.77.0.1 8102', true],
  ['udp,224.0.0.251,8103,join=eth0', 'link eth0', 'udp 224.0.0.251 8103 eth0', true],
  ['udp,239.1.1.2,8104,join=lo', 'host', 'udp 239.1.1.2 8104 eth0', false],
  ['udp,239.1.1.1,8105,join=eth0', 'network eth0', 'udp 239.1.1.1 8105 eth0', true],
  ['udp,10.77.0.3,8106', 'link eth0', 'udp 10.77.0.3 8106', true],
].map(([socket, exposure, attempt, isReached]) => ({ socket, exposure, attempt, isReached }) as Scene);

labTest('who is told to reach a socket does, and nobody else', async (t, lab) => {
  const { host } = lab;
  await host.sh('ip address add 10.99.0.1/32 dev lo');
  await host.sh('ip route add local 10.50.0.0/16 dev lo');
  await host.sysctl('net.ipv4.ip_nonlocal_bind', 1);
  await startScript(host, `listen.py ${plainScenes.map(({ socket }) => socket).join(' ')}`);
  const { services } = await compare(t, lab, plainScenes);
  const byPort = new Map(services.map((service) => [service.port, service]));
  t.is(services.length, plainScenes.length);
  t.deepEqual(
    services.map(({ port }) => port),
    services.map(({ port }) => port).sort((a, b) => a - b),
  );
  t.true(byPort.get(8006)!.dualStack);
  t.false(byPort.get(8007)!.dualStack);
  t.false(byPort.get(8005)!.dualStack);
  t.is(byPort.get(8004)!.address, '127.0.0.1');
  t.is(byPort.get(8010)!.interface, 'eth0');
  t.is(byPort.get(8014)!.interface, 'lo');
  t.deepEqual(byPort.get(8011)!.exposure.because, [
    '10.99.0.1 is on lo, and not a loopback address: it is taken on every interface',
  ]);
  // IPv6 alone: not by IPv4.
  t.regex(await script(lab.neighbour, 'reach.py tcp 10.77.0.1 8007'), /^not reached/);
});

labTest('with route_localnet neighbours reach 127/8, and are told to', async (t, lab) => {
  const sockets = ['tcp,127.0.0.1,8001', 'udp,127.0.0.1,8101', 'tcp,::1,8003'];
  await startScript(lab.host, `listen.py ${sockets.join(' ')}`);
  for (const name of ['eth0', 'all']) {
    await lab.host.sysctl(`net.ipv4.conf.${name}.route_localnet`, 1);
    const { services } = await compare(t, lab, [
      {
        socket: sockets[0],
        exposure: 'link eth0',
        attempt: 'tcp 127.0.0.1 8001 eth0',
        isReached: true,
      },
      {
        socket: sockets[1],
        exposure: 'link eth0',
        attempt: 'udp 127.0.0.1 8101 eth0',
        isReached: true,
      },
      { socket: sockets[2], exposure: 'host', attempt: 'tcp ::1 8003 eth0', isReached: false },
    ]);
    t.deepEqual(services[0].exposure.because, [`net.ipv4.conf.${name}.route_localnet = 1`]);
    await lab.host.sysctl(`net.ipv4.conf.${name}.route_localnet`, 0);
  }
});

const ruleset = `table ip outside {
  chain pre {
    type nat hook prerouting priority dstnat
    tcp dport 9001 dnat to 127.0.0.1:8001
    tcp dport 8002 dnat to 127.0.0.1
    tcp dport 9101 dnat to 127.0.0.1:8101
  }
}`;

labTest('a rule publishes a loopback service where route_localnet lets it', async (t, lab) => {
  if (cannotNft !== '') {
    t.log(`skipped: ${cannotNft}`);
    t.pass();
    return;
  }
  const { host } = lab;
  const scene = (port: number, exposure: string, isReached: boolean): Scene => ({
    socket: `tcp,127.0.0.1,${port}`,
    exposure,
    attempt: `tcp 10.77.0.1 ${port === 8001 ? 9001 : port}`,
    isReached,
  });
  const sockets = ['tcp,127.0.0.1,8001', 'tcp,127.0.0.1,8002', 'tcp,127.0.0.1,8003', 'udp,127.0.0.1,8101'];
  await startScript(host, `listen.py ${sockets.join(' ')}`);
  await host.run(nft, ruleset);
  await compare(t, lab, [scene(8001, 'host', false), scene(8002, 'host', false)]);
  await host.sysctl('net.ipv4.conf.eth0.route_localnet', 1);
  const { services } = await compare(t, lab, [
    scene(8001, 'published eth0', true),
    // Which port it leads to cannot be told by the destination alone.
    scene(8002, 'link eth0', true),
    scene(8003, 'link eth0', false),
    // The rule is for TCP.
    { socket: sockets[3], exposure: 'link eth0', attempt: 'udp 10.77.0.1 9101', isReached: false },
  ]);
  t.deepEqual(services[0].exposure.because, [
    'nft: table ip outside, chain pre: tcp dport 9001 dnat to 127.0.0.1:8001',
    'net.ipv4.conf.eth0.route_localnet = 1',
  ]);
  t.deepEqual(services[1].exposure.because, [
    'net.ipv4.conf.eth0.route_localnet = 1',
    'perhaps published by nft: table ip outside, chain pre: tcp dport 8002 dnat to 127.0.0.1',
  ]);
});

const mapRuleset = `table ip outside {
  map m {
    type inet_service : ipv4_addr . inet_service
    elements = { 9001 : 127.0.0.1 . 8001, 9005 : 127.0.0.1 . 8005 }
  }
  map both {
    type inet_proto . inet_service : ipv4_addr . inet_service
    elements = { tcp . 9002 : 127.0.0.1 . 8002, udp . 9006 : 127.0.0.1 . 8006 }
  }
  chain pre {
    type nat hook prerouting priority dstnat
    dnat ip to tcp dport map @m
    dnat ip to meta l4proto . th dport map @both
  }
}`;

labTest('a map publishes what its elements name, of the protocol that it asks for', async (t, lab) => {
  if (cannotNft !== '') {
    t.log(`skipped: ${cannotNft}`);
    t.pass();
    return;
  }
  const { host } = lab;
  await host.sysctl('net.ipv4.conf.eth0.route_localnet', 1);
  await host.run(nft, mapRuleset);
  const scenes: [socket: string, exposure: string, attempt: string, isReached: boolean][] = [
    ['tcp,127.0.0.1,8001', 'published eth0', 'tcp 10.77.0.1 9001', true],
    ['tcp,127.0.0.2,8005', 'link eth0', 'tcp 10.77.0.1 9005', false],
    ['tcp,127.0.0.1,8003', 'link eth0', 'tcp 10.77.0.1 9003', false],
    ['udp,127.0.0.1,8005', 'link eth0', 'udp 10.77.0.1 9005', false],
    ['tcp,127.0.0.1,8002', 'published eth0', 'tcp 10.77.0.1 9002', true],
    ['tcp,127.0.0.1,8006', 'link eth0', 'tcp 10.77.0.1 9006', false],
    ['udp,127.0.0.53,53', 'link eth0', 'udp 10.77.0.1 53', false],
  ];
  await startScript(host, `listen.py ${scenes.map(([socket]) => socket).join(' ')}`);
  const { services } = await compare(
    t,
    lab,
    scenes.map(([socket, exposure, attempt, isReached]) => ({ socket, exposure, attempt, isReached })),
  );
  t.deepEqual(
    services.flatMap(({ exposure: { because } }) => because.filter((text) => text.startsWith('perhaps'))),
    [],
  );
});

const proxyRuleset = `table ip outside {
  chain pre {
    type filter hook prerouting priority mangle
    tcp dport 9001 tproxy to 127.0.0.1:8001 meta mark set 1 accept
    tcp dport 9002 tproxy to 127.0.0.1:8002 meta mark set 1 accept
  }
}`;

labTest('rules of iptables publish as those of nftables do', async (t, lab) => {
  const missing = missingProgram('iptables-legacy');
  if (missing !== null) {
    t.log(`skipped: ${missing}`);
    t.pass();
    return;
  }
  const { host } = lab;
  await host.sh('ip rule add fwmark 1 lookup 100');
  await host.sh('ip route add local 0.0.0.0/0 dev lo table 100');
  await host.sysctl('net.ipv4.conf.eth0.route_localnet', 1);
  const sockets = ['tcp,127.0.0.1,8001,transparent', 'tcp,127.0.0.1,8002', 'udp,127.0.0.1,8002'];
  await startScript(host, `listen.py ${sockets.join(' ')}`);
  for (const rule of [
    '-t mangle -A PREROUTING -p tcp --dport 9001 -j TPROXY --on-ip 127.0.0.1 --on-port 8001 --tproxy-mark 1',
    '-t nat -A PREROUTING -p tcp --dport 9002 -j DNAT --to-destination 127.0.0.1:8002',
  ]) {
    await host.sh(`iptables-legacy ${rule}`);
  }
  const published = 'published eth0';
  await compare(t, lab, [
    { socket: sockets[0], exposure: published, attempt: 'tcp 10.77.0.1 9001', isReached: true },
    { socket: sockets[1], exposure: published, attempt: 'tcp 10.77.0.1 9002', isReached: true },
    { socket: sockets[2], exposure: 'link eth0', attempt: 'udp 10.77.0.1 9002', isReached: false },
  ]);
});

labTest('TPROXY publishes a transparent socket without route_localnet, and no other', async (t, lab) => {
  if (cannotNft !== '') {
    t.log(`skipped: ${cannotNft}`);
    t.pass();
    return;
  }
  const { host } = lab;
  await host.sh('ip rule add fwmark 1 lookup 100');
  await host.sh('ip route add local 0.0.0.0/0 dev lo table 100');
  await startScript(host, 'listen.py tcp,127.0.0.1,8001,transparent tcp,127.0.0.1,8002');
  await host.run(nft, proxyRuleset);
  const { services } = await compare(t, lab, [
    {
      socket: 'tcp,127.0.0.1,8001',
      exposure: 'published eth0',
      attempt: 'tcp 10.77.0.1 9001',
      isReached: true,
    },
    { socket: 'tcp,127.0.0.1,8002', exposure: 'host', attempt: 'tcp 10.77.0.1 9002', isReached: false },
  ]);
  t.is(services[0].exposure.because.length, 1);
});
