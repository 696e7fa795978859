import { loadNative, type Native } from '../../src/capture/native.js';
import { bytesOfText } from '../../src/format/kernel-text.js';
import { labTest, liveTest } from '../capture/ring-lab.js';

const native = loadNative() as Native;
const none = new Uint8Array(0);
const localhost = Uint8Array.of(127, 0, 0, 1);
const udp = 17;

liveTest('arguments that no socket takes are refused before one is opened', async (t) => {
  const probe = (device: string, to: Uint8Array, message: Uint8Array): unknown =>
    native.probeOnce(null, udp, bytesOfText(device), none, to, 0, 9, message);
  t.throws(() => probe('', localhost, new Uint8Array(65)), { code: 'EINVAL' });
  t.throws(() => probe('', none, none), { code: 'EINVAL' });
  t.throws(() => probe('', new Uint8Array(5), none), { instanceOf: TypeError });
  t.throws(() => probe('a-name-that-is-longer', localhost, none), { instanceOf: TypeError });
  t.throws(() => probe('a\0b', localhost, none), { instanceOf: TypeError });
  t.throws(() => native.probeOnce('/nowhere', udp, none, none, localhost, 0, 9, none), { code: 'ENOENT' });
  t.throws(() => native.holdPort('/dev/null'), { code: 'EINVAL' });
});

labTest('an attempt says which call failed and why, or that it was sent and from where', async (t, lab) => {
  const path = `/run/netns/${lab.name}`;
  const send = (device: string, source: Uint8Array, to = localhost): [string, number] =>
    native.probeOnce(path, udp, bytesOfText(device), source, to, 0, 9, Uint8Array.of(1));
  const [outcome, port] = send('', none);
  t.is(outcome, 'sent');
  t.true(port > 0);
  t.is(send('none0', none)[0], 'SO_BINDTODEVICE ENODEV');
  t.is(send('', Uint8Array.of(192, 0, 2, 1))[0], 'bind EADDRNOTAVAIL');
  t.is(send('', none, Uint8Array.of(192, 0, 2, 1))[0], 'sendto ENETUNREACH');
});

labTest('a held port is held for UDP and TCP on every address, and free again afterwards', async (t, lab) => {
  const path = `/run/netns/${lab.name}`;
  const [first, second, port] = native.holdPort(path);
  const bind = `import socket,sys
for f, a in ((2, '127.0.0.1'), (10, '::1')):
  for k in (1, 2):
    socket.socket(f, k).bind((a, ${port}))`;
  await t.throwsAsync(lab.run('python3', '-c', bind), { message: /Address already in use/ });
  native.closeSocket(first);
  native.closeSocket(second);
  await t.notThrowsAsync(lab.run('python3', '-c', bind));
});
