import dgram from 'node:dgram';
import { once } from 'node:events';
import process from 'node:process';
import test from 'ava';
import { loadNative } from '../../src/capture/native.js';
import { socketsBoundTo } from '../../src/host/group-sockets.js';
import { ownersOf } from '../../src/host/socket-owners.js';

const nativeTest = 'reason' in loadNative() ? test.skip : test;

nativeTest(
  'a socket of this process is found by the address it is bound to, with its port and its process',
  async (t) => {
    for (const [type, address, version] of [
      ['udp4', '127.0.0.93', 4],
      ['udp6', '::1', 6],
    ] as const) {
      const socket = dgram.createSocket(type);
      socket.bind(0, address);
      await once(socket, 'listening');
      const { port } = socket.address();
      const found = socketsBoundTo(address, version, null).find((bound) => bound.port === port);
      t.like(found, { address, port, uid: process.getuid!() });
      const owners = ownersOf(new Set([found!.inode])).get(found!.inode);
      t.true(owners?.some(({ pid }) => pid === process.pid));
      socket.close();
      await once(socket, 'close');
      t.false(socketsBoundTo(address, version, null).some((bound) => bound.port === port));
    }
  },
);

test('a socket that nobody holds has no owner, and a system without /proc knows none', (t) => {
  t.is(ownersOf(new Set([0])).size, 0);
  t.is(ownersOf(new Set([1]), '/nonexistent').size, 0);
});
