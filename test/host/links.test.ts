import test from 'ava';
import fc from 'fast-check';
import { NetlinkProtocol, NetlinkSocket } from '../../src/capture/netlink.js';
import { attribute, concatenate, nested, nulTerminated, u32 } from '../../src/capture/netlink-attribute.js';
import { NetlinkError } from '../../src/capture/netlink-error.js';
import { parseLink, parseOwnAddress, readLinksOf } from '../../src/host/links.js';
import { readPolicyRules } from '../../src/host/policy-rules.js';
import { parseTunnelPort } from '../../src/host/udp-tunnels.js';
import { check } from '../capture/property.js';
import { labTest } from '../capture/ring-lab.js';

labTest(
  'interfaces and addresses are those that ip prints, and loopback is told by its flag',
  async (t, lab) => {
    for (const command of [
      'ip link add a0 type veth peer name b0',
      'ip link add br0 type bridge',
      'ip link set a0 mtu 1400 master br0 up',
      'ip address add 192.0.2.1/32 peer 192.0.2.9 dev a0',
      'ip address add 2001:db8::1/64 dev a0 nodad',
      'ip link set lo down',
      'ip link set lo name loop',
      'ip link set loop up',
    ]) {
      await lab.sh(command);
    }
    const { links, addresses } = readLinksOf(`/run/netns/${lab.name}`);
    const indexOf = (name: string): number => links.find((link) => link.name === name)!.index;
    const printed = JSON.parse(await lab.sh('ip -j -d address')) as {
      ifname: string;
      ifindex: number;
      flags: string[];
      mtu: number;
      /** A veth's peer, where it is in this namespace. */
      link?: string;
      master?: string;
      linkinfo?: { info_kind?: string };
      addr_info: { local: string; prefixlen: number }[];
    }[];
    t.deepEqual(
      links,
      printed.map(({ ifname, ifindex, flags, mtu, link, master, linkinfo }) => ({
        name: ifname,
        index: ifindex,
        isLoopback: flags.includes('LOOPBACK'),
        isUp: flags.includes('UP'),
        mtu,
        ...(link === undefined || linkinfo?.info_kind === 'veth' ? {} : { below: indexOf(link) }),
        ...(master === undefined ? {} : { master: indexOf(master) }),
        ...(linkinfo?.info_kind === undefined ? {} : { kind: linkinfo.info_kind }),
      })),
    );
    const own = addresses.map(({ interface: name, address, prefixLen }) => `${name} ${address}/${prefixLen}`);
    t.deepEqual(
      own.sort(),
      printed
        .flatMap(({ ifname, addr_info }) =>
          addr_info.map((each) => `${ifname} ${each.local}/${each.prefixlen}`),
        )
        .sort(),
    );
    t.true(own.includes('a0 192.0.2.1/32'), 'not the peer');
  },
);

labTest('policy rules are read as ip rule prints them', async (t, lab) => {
  for (const rule of [
    'pref 5 from 192.0.2.0/24 to 198.51.100.7 iif lo lookup 100',
    'pref 6 not fwmark 0x3/0x7 uidrange 0-99 lookup main',
    'pref 7 ipproto 17 sport 53 dport 1000-2000 lookup 4000000000',
    'pref 8 oif lo tos 0x10 blackhole',
    'pref 9 goto 32766',
    'pref 10 from all prohibit',
    'pref 11 lookup main suppress_prefixlength 0',
  ]) {
    await lab.run('ip', 'rule', 'add', ...rule.split(' '));
  }
  const socket = NetlinkSocket.open(NetlinkProtocol.route, `/run/netns/${lab.name}`);
  const rules = readPolicyRules(socket, 4)!.map(({ text }) => text);
  socket.close();
  t.deepEqual(rules, [
    '0: from all lookup local',
    '5: from 192.0.2.0/24 to 198.51.100.7 iif lo lookup 100',
    '6: not from all fwmark 0x3/0x7 uidrange 0-99 lookup main',
    '7: from all ipproto 17 sport 53 dport 1000-2000 lookup 4000000000',
    '8: from all tos 0x10 oif lo blackhole',
    '9: from all goto 32766',
    '10: from all prohibit',
    '11: from all lookup main suppress_prefixlength 0',
    '32766: from all lookup main',
    '32767: from all lookup default',
  ]);
});

labTest('the port of a VXLAN device is the one that it was given', async (t, lab) => {
  await lab.sh('ip link add a0 type vxlan id 7 local 192.0.2.1 remote 192.0.2.2 dstport 5555');
  await lab.sh('ip link add b0 type vxlan external dstport 4790 gpe');
  await lab.sh('ip link add c0 type veth peer name c1');
  const { links } = readLinksOf(`/run/netns/${lab.name}`);
  const portOf = (wanted: string) => links.find(({ name }) => name === wanted)?.tunnelPort;
  t.deepEqual(portOf('a0'), { tunnel: 'vxlan', port: 5555 });
  t.deepEqual(portOf('b0'), { tunnel: 'vxlan', port: 4790 });
  t.is(portOf('c0'), undefined);
});

test('the port of a Geneve device stands in network order', (t) => {
  const kind = attribute(1, nulTerminated('geneve'));
  const port = attribute(5, Uint8Array.of(0x17, 0xc2));
  t.deepEqual(parseTunnelPort(concatenate([kind, nested(2, [port])])), { tunnel: 'geneve', port: 6082 });
  t.is(parseTunnelPort(concatenate([attribute(1, nulTerminated('dummy')), nested(2, [port])])), null);
  t.is(parseTunnelPort(concatenate([kind, nested(2, [attribute(5, u32(6081))])])), null);
  t.is(parseTunnelPort(kind), null);
});

test('an interface without a name is none', (t) => {
  t.is(parseLink(new Uint8Array(16)), null);
  t.is(parseLink(new Uint8Array(3)), null);
});

test('an address of another family, or of an interface that is not known, is left out', (t) => {
  const header = Uint8Array.of(2, 8, 0, 0, 1, 0, 0, 0);
  const address = (family: number, bytes: number[]) =>
    Uint8Array.from([...header.with(0, family), ...attribute(2, Uint8Array.from(bytes))]);
  const names = new Map([[1, 'lo']]);
  t.is(parseOwnAddress(address(2, [127, 0, 0, 1]), names)?.address, '127.0.0.1');
  t.is(parseOwnAddress(address(2, [127, 0, 0]), names), null);
  t.is(parseOwnAddress(address(7, [127, 0, 0, 1]), names), null);
  t.is(parseOwnAddress(address(2, [127, 0, 0, 1]), new Map()), null);
});

test('any bytes give an interface, an address, nothing, or a NetlinkError', async (t) => {
  const attributes = fc.array(
    fc.oneof(
      fc.tuple(fc.nat(30), fc.uint8Array({ maxLength: 20 })).map(([type, value]) => attribute(type, value)),
      fc.constantFrom(attribute(3, nulTerminated('lo')), attribute(4, u32(65536)), attribute(15, u32(255))),
      fc.uint8Array({ maxLength: 8 }),
    ),
  );
  const message = fc
    .tuple(fc.uint8Array({ maxLength: 20 }), attributes)
    .map(([header, rest]) => Uint8Array.from([...header, ...rest.flatMap((each) => [...each])]));
  await check(
    t,
    fc.property(message, (payload) => {
      for (const parse of [parseLink, (bytes: Uint8Array) => parseOwnAddress(bytes, new Map([[0, 'lo']]))]) {
        try {
          parse(payload);
        } catch (error) {
          if (!(error instanceof NetlinkError)) throw error;
        }
      }
    }),
    500,
  );
});
