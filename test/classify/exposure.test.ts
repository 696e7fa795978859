import test from 'ava';
import { type BoundTo, type Exposure, ExposureJudge } from '../../src/classify/exposure.js';
import { changesBetween } from '../../src/classify/service-changes.js';
import { type Service, servicesOf } from '../../src/classify/services.js';
import { hostOfAddresses } from '../../src/host/host-model.js';
import { type HostSettings, noSettings } from '../../src/host/host-settings.js';
import type { InetSocket } from '../../src/host/inet-sockets.js';
import { anyAddress } from '../../src/host/loopback-match.js';
import type { NatRule } from '../../src/host/nat-rule.js';

const lo = { name: 'lo', index: 1, isLoopback: true, isUp: true, mtu: 65536 };
const eth0 = { name: 'eth0', index: 2, isLoopback: false, isUp: true, mtu: 1500 };
const wlan0 = { ...eth0, name: 'wlan0', index: 3 };

/** A host with an address on each of its interfaces; what real sockets of a lab show is in test/cli/services.test.ts. */
const host: HostSettings = {
  ...noSettings,
  links: [lo, eth0, wlan0],
  addresses: [
    { interface: 'eth0', address: '10.0.0.1', prefixLen: 24, isReady: true },
    { interface: 'wlan0', address: '10.9.0.1', prefixLen: 24, isReady: true },
  ],
  localRoutes: hostOfAddresses('live', ['127.0.0.1/8', '10.0.0.1/24', '10.9.0.1/24']),
};

const localnet = new Map([['wlan0', { route_localnet: 1 }]]);

function socket(address: string, changes: Partial<InetSocket> = {}): InetSocket {
  return {
    protocol: 'tcp',
    version: address.includes(':') ? 6 : 4,
    address,
    port: 80,
    peerAddress: '',
    peerPort: 0,
    interfaceIndex: 0,
    receiveQueue: 0,
    sendQueue: 128,
    uid: 0,
    inode: 1,
    isOneVersion: true,
    isTransparent: false,
    ...changes,
  };
}

function judged(address: string, settings: Partial<HostSettings>, changes?: Partial<InetSocket>): Exposure {
  return new ExposureJudge({ settings: { ...host, ...settings }, groups: [] }).judge(
    socket(address, changes),
  );
}

function brief({ kind, through }: Exposure): string {
  return [kind, ...through].join(' ');
}

const rule: NatRule = {
  action: 'dnat',
  hook: 'prerouting',
  isToLoopback: true,
  targets: [{ address: '127.0.0.1', port: 80, protocol: '' }],
  isIpv6: false,
  source: anyAddress,
  destination: anyAddress,
  inInterface: '',
  outInterface: '',
  protocol: 'tcp',
  evidence: ['the rule'],
  removal: '',
};

test('route_localnet exposes 127/8 on the interfaces that have it, and nothing else', (t) => {
  t.is(brief(judged('127.0.0.1', { ipv4Conf: localnet })), 'link wlan0');
  t.is(brief(judged('::ffff:127.0.0.1', { ipv4Conf: localnet })), 'link wlan0');
  t.is(brief(judged('127.255.255.255', { ipv4Conf: localnet })), 'link wlan0');
  t.is(brief(judged('::1', { ipv4Conf: localnet })), 'host');
  t.is(brief(judged('127.0.0.1', { ipv4Conf: localnet }, { interfaceIndex: 2 })), 'host');
  t.is(brief(judged('127.0.0.1', { ipv4Conf: new Map([['lo', { route_localnet: 1 }]]) })), 'host');
});

test('interfaces that are down reach nobody', (t) => {
  const links = [lo, { ...eth0, isUp: false }];
  t.is(brief(judged('0.0.0.0', { links })), 'everyone');
  t.is(brief(judged('fe80::1', { links }, { interfaceIndex: 2 })), 'network');
  t.is(brief(judged('127.0.0.1', { links, ipv4Conf: new Map([['eth0', { route_localnet: 1 }]]) })), 'host');
});

test('an address that is on no wire is taken on every one', (t) => {
  const addresses = [{ interface: 'lo', address: '10.0.0.1', prefixLen: 32, isReady: true }];
  const exposure = judged('10.0.0.1', { addresses });
  t.is(brief(exposure), 'network eth0 wlan0');
  t.regex(exposure.because[0], /^10\.0\.0\.1 is on lo, /);
});

test('an interface that is gone leaves its socket to nobody', (t) => {
  t.is(brief(judged('0.0.0.0', {}, { interfaceIndex: 99 })), 'network');
});

const published: [title: string, rule: Partial<NatRule>, exposure: string][] = [
  ['leads to it', {}, 'published wlan0'],
  ['leads to another port', { targets: [{ address: '127.0.0.1', port: 81, protocol: '' }] }, 'link wlan0'],
  ['leads to another address', { targets: [{ address: '127.0.0.2', port: 80, protocol: '' }] }, 'link wlan0'],
  ['is for what this host sends', { hook: 'output' }, 'link wlan0'],
  ['is for loopback addresses', { destination: { ...anyAddress, others: false } }, 'link wlan0'],
  ['is for another protocol', { protocol: 'udp' }, 'link wlan0'],
  ['is for any protocol', { protocol: '' }, 'published wlan0'],
  ['is for what comes by the same interface', { inInterface: 'wlan0' }, 'published wlan0'],
  ['is for what comes by another interface', { inInterface: 'eth0' }, 'link wlan0'],
  ['needs a transparent socket', { action: 'tproxy' }, 'link wlan0'],
];
for (const [title, changes, exposure] of published) {
  test(`a rule that ${title}: ${exposure}`, (t) => {
    const natRules = [{ ...rule, ...changes }];
    t.is(brief(judged('127.0.0.1', { ipv4Conf: localnet, natRules })), exposure);
    t.is(brief(judged('127.0.0.1', { natRules })), 'host');
  });
}

test('a rule of which the destination is not one may publish the service, and is quoted', (t) => {
  for (const targets of [null, [{ address: '127.0.0.1', port: 0, protocol: '' }]]) {
    const { because } = judged('127.0.0.1', { ipv4Conf: localnet, natRules: [{ ...rule, targets }] });
    t.deepEqual(because, ['net.ipv4.conf.wlan0.route_localnet = 1', 'perhaps published by the rule']);
  }
});

test('any number of rules gives few reasons', (t) => {
  const natRules = Array.from({ length: 1000 }, () => rule);
  t.is(judged('127.0.0.1', { ipv4Conf: localnet, natRules }).because.length, 4);
});

test('the firewall matters only where it could publish a loopback socket', (t) => {
  const depends = (bound: BoundTo, settings: Partial<HostSettings>): boolean =>
    new ExposureJudge({ settings: { ...host, ...settings }, groups: [] }).dependsOnFirewall(bound);
  t.false(depends(socket('127.0.0.1'), {}));
  t.true(depends(socket('127.0.0.1'), { ipv4Conf: localnet }));
  t.true(depends(socket('127.0.0.1', { isTransparent: true }), {}));
  t.false(depends(socket('0.0.0.0'), { ipv4Conf: localnet }));
  t.false(depends(socket('::1'), { ipv4Conf: localnet }));
});

function services(listening: readonly InetSocket[], connected: readonly InetSocket[] | null = []): Service[] {
  return servicesOf({ listening, connected, settings: host, groups: [], unseen: [] });
}

test('a connection belongs to the service whose address is its own, else to that of every address', (t) => {
  const found = services(
    [socket('0.0.0.0'), socket('10.0.0.1'), socket('0.0.0.0', { interfaceIndex: 3 }), socket('::')],
    [
      socket('10.0.0.1', { peerAddress: '10.0.0.7', peerPort: 5000 }),
      socket('10.9.0.1', { peerAddress: '10.0.0.1', peerPort: 5001 }),
      socket('10.9.0.1', { peerAddress: '10.9.0.7', peerPort: 5002, interfaceIndex: 3 }),
      socket('::ffff:10.9.0.1', { peerAddress: '::ffff:127.0.0.1', peerPort: 5003 }),
      socket('10.0.0.1', { port: 81, peerAddress: '10.0.0.7', peerPort: 80 }),
    ],
  );
  t.deepEqual(
    found.map(({ address, interface: device, peers }) => [
      address,
      device,
      peers!.map(({ port, isLocal }) => `${port} ${isLocal}`).join(),
    ]),
    [
      ['0.0.0.0', '', '5001 true'],
      ['0.0.0.0', 'wlan0', '5002 false'],
      ['10.0.0.1', '', '5000 false'],
      ['::', '', '5003 true'],
    ],
  );
});

test('without a reading of connections no number of them is told', (t) => {
  t.is(services([socket('0.0.0.0')], null)[0].peers, null);
});

test('a server that was started again is gone and appears; one more worker is no news', (t) => {
  const changes = (before: InetSocket[] | null, now: InetSocket[]): string[] =>
    changesBetween(before && services(before), services(now)).map(
      ({ change, service }) => `${change} ${service.port}`,
    );
  const one = socket('127.0.0.1');
  const two = socket('127.0.0.1', { inode: 2 });
  t.deepEqual(changes(null, [one]), ['present 80']);
  t.deepEqual(changes([], [one]), ['appeared 80']);
  t.deepEqual(changes([one], [one, two]), []);
  t.deepEqual(changes([one, two], [two]), []);
  t.deepEqual(changes([one], [two]), ['gone 80', 'appeared 80']);
  t.deepEqual(changes([one, socket('::1', { port: 81 })], []), ['gone 80', 'gone 81']);
});

test('another exposure is a change; one more interface for everyone is none', (t) => {
  const at = (address: string, settings: Partial<HostSettings>): Service[] =>
    servicesOf({
      listening: [socket(address)],
      connected: null,
      settings: { ...host, ...settings },
      groups: [],
      unseen: [],
    });
  const [change] = changesBetween(at('127.0.0.1', {}), at('127.0.0.1', { ipv4Conf: localnet }));
  t.is(change.change, 'exposure');
  t.is(change.before!.kind, 'host');
  t.is(change.service.exposure.kind, 'link');
  t.deepEqual(changesBetween(at('0.0.0.0', { links: [lo, eth0] }), at('0.0.0.0', {})), []);
});
