import fs from 'node:fs';
import test from 'ava';
import { loadNative, type NativeError } from '../../src/capture/native.js';
import { NetlinkProtocol, NetlinkSocket } from '../../src/host/netlink.js';
import { attribute, attributesByType, nulTerminated, readText } from '../../src/host/netlink-attribute.js';
import { NetlinkError } from '../../src/host/netlink-error.js';
import { MessageFlag } from '../../src/host/netlink-message.js';
import { labTest } from '../capture/ring-lab.js';

const rtmNewLink = 16;
const rtmGetLink = 18;
const rtmGetRoute = 26;
const ifinfoLen = 16;
const iflaIfname = 3;

const hasAddon = !('reason' in loadNative());
const nativeTest = hasAddon ? test : test.skip;

function linkNames(socket: NetlinkSocket): string[] {
  return socket
    .request(rtmGetLink, MessageFlag.dump, [new Uint8Array(ifinfoLen)])
    .map(({ type, payload }) => {
      if (type !== rtmNewLink) throw new Error(`type ${type}`);
      return readText(attributesByType(payload.subarray(ifinfoLen)).get(iflaIfname)!);
    });
}

function withSocket(netns: string | null, body: (socket: NetlinkSocket) => void): void {
  const socket = NetlinkSocket.open(NetlinkProtocol.route, netns);
  try {
    body(socket);
  } finally {
    socket.close();
  }
}

nativeTest('a dump gives every interface of this namespace, without privilege', (t) => {
  withSocket(null, (socket) => {
    t.deepEqual(
      linkNames(socket).sort(),
      fs
        .readdirSync('/sys/class/net')
        .filter((name) => name !== 'bonding_masters')
        .sort(),
    );
  });
});

nativeTest('one question after the other gets its own answer', (t) => {
  withSocket(null, (socket) => {
    for (let i = 0; i < 20; i++) {
      const name = attribute(iflaIfname, nulTerminated('lo'));
      const replies = socket.request(rtmGetLink, 0, [new Uint8Array(ifinfoLen), name]);
      t.is(replies.length, 1);
      t.is(replies[0].type, rtmNewLink);
    }
  });
});

nativeTest('what the kernel refuses comes with its name and its words', (t) => {
  withSocket(null, (socket) => {
    const unknown = attribute(iflaIfname, nulTerminated('loscope-none'));
    const error = t.throws(() => socket.request(rtmGetLink, 0, [new Uint8Array(ifinfoLen), unknown]), {
      instanceOf: NetlinkError,
    }) as NetlinkError;
    t.is(error.code, 'ENODEV');
    const short = t.throws(() => socket.request(rtmGetRoute, 0, [Uint8Array.of(2)]), {
      instanceOf: NetlinkError,
    }) as NetlinkError;
    t.is(short.code, 'EINVAL');
  });
});

nativeTest('looking for a message that is not there returns at once', (t) => {
  withSocket(null, (socket) => t.is(socket.receive(0), null));
});

nativeTest('arguments that make no sense are refused by the addon', (t) => {
  const native = loadNative() as Exclude<ReturnType<typeof loadNative>, { reason: string }>;
  withSocket(null, ({ fd }) => {
    const code = (run: () => unknown) => (t.throws(run) as NativeError).code;
    t.is(
      code(() => native.receiveNetlink(fd, new Uint8Array(8), 60_001)),
      'EINVAL',
    );
    t.is(
      code(() => native.receiveNetlink(fd, new Uint8Array(8), -1)),
      'EINVAL',
    );
    t.is(
      code(() => native.receiveNetlink(fd, new Uint8Array(0), 0)),
      'EINVAL',
    );
  });
  t.is((t.throws(() => native.openNetlink(null, 99)) as NativeError).code, 'EPROTONOSUPPORT');
  t.is((t.throws(() => native.openNetlink('/etc/passwd', 0)) as NativeError).code, 'EINVAL');
  t.is((t.throws(() => native.openNetlink('/nonexistent', 0)) as NativeError).code, 'ENOENT');
  t.throws(() => native.openNetlink('x'.repeat(300), 0), { instanceOf: TypeError });
});

labTest('a socket of another namespace tells of that one', async (t, lab) => {
  await lab.sh('ip link add a0 type veth peer name b0');
  withSocket(`/run/netns/${lab.name}`, (socket) => {
    t.deepEqual(linkNames(socket).sort(), ['a0', 'b0', 'lo']);
  });
});

labTest('a dump of many interfaces comes in several datagrams, whole', async (t, lab) => {
  const pairs = 40;
  const add = Array.from({ length: pairs }, (_, i) => `link add a${i} type veth peer name b${i}\n`).join('');
  const batch = lab.spawn(['ip', '-batch', '-']);
  batch.stdin.end(add);
  t.is(await new Promise((done) => batch.once('close', done)), 0);
  withSocket(`/run/netns/${lab.name}`, (socket) => {
    const names = linkNames(socket);
    t.is(new Set(names).size, 2 * pairs + 1);
    t.is(names.length, 2 * pairs + 1);
  });
});
