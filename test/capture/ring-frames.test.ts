import { Direction, FrameFlag } from '../../src/capture/frame-batch.js';
import { LinkType } from '../../src/capture/link-type.js';
import { makeNamespace } from '../lab/netns.js';
import { collect, joinByVeth, labTest, liveTest, open, type SeenFrame, sendHere } from './ring-lab.js';

labTest('each datagram on loopback is seen once, with the time of the kernel', async (t, lab) => {
  const source = await open(lab, { filter: 'icmp' });
  const began = BigInt(Date.now() - 1) * 1_000_000n;
  const seen = collect(source, (frames) => frames.length >= 6);
  await lab.sh('ping -c 3 -i 0.05 127.0.0.9');
  const frames = await seen;
  t.deepEqual(
    frames.map(({ bytes }) => [bytes[34], bytes.readUInt16BE(40)]),
    [1, 2, 3].flatMap((sequence) => [
      [8, sequence],
      [0, sequence],
    ]),
  );
  t.true(frames.every(({ tsNs, direction }) => tsNs >= began && direction === Direction.in));
  t.true(frames.some(({ tsNs }) => tsNs % 1000n !== 0n));
});

labTest('a loopback interface of another name is not doubled either', async (t, lab) => {
  await lab.sh('ip link set lo down');
  await lab.sh('ip link set lo name inside');
  await lab.sh('ip link set inside up');
  const source = await open(lab, { interfaces: [], filter: 'icmp[0] == 8' });
  t.is(source.interfaces[0].name, 'inside');
  const seen = collect(source, (frames) => frames.length >= 2);
  await lab.sh('ping -c 2 -i 0.05 127.0.0.9');
  t.deepEqual(
    (await seen).map(({ bytes }) => bytes.readUInt16BE(40)),
    [1, 2],
  );
});

labTest('any sees loopback once, with a cooked header that tells the device', async (t, lab) => {
  const source = await open(lab, { interfaces: ['any'], filter: 'icmp and host 127.0.0.9' });
  const seen = collect(source, (frames) => frames.length >= 4);
  await lab.sh('ping -c 2 -i 0.05 127.0.0.9');
  const frames = await seen;
  t.is(frames.length, 4);
  for (const { bytes, linkType } of frames) {
    t.is(linkType, LinkType.linuxSll2);
    t.is(bytes.readUInt16BE(0), 0x0800);
    t.is(bytes.readUInt32BE(4), 1);
    t.is(bytes.readUInt16BE(8), 772);
    t.is(bytes[20] >> 4, 4);
  }
});

labTest('directions and broadcasts are told', async (t, lab) => {
  const other = await makeNamespace();
  try {
    await joinByVeth(lab, other);
    const here = await open(lab, { interfaces: ['a0'], filter: 'arp or icmp' });
    const there = await open(other, { interfaces: ['b0'], filter: 'arp' });
    const isPing = ({ bytes }: SeenFrame): boolean => bytes.readUInt16BE(12) === 0x0800;
    const seen = collect(here, (frames) => frames.filter(isPing).length >= 2);
    const heard = collect(there, (frames) => frames.length >= 1);
    await lab.sh('ping -c 1 10.78.0.2');
    t.deepEqual(
      (await seen).filter(isPing).map(({ direction }) => direction),
      [Direction.out, Direction.in],
    );
    t.is((await heard)[0].direction, Direction.broadcast);
  } finally {
    other.remove();
  }
});

/** Sends one Ethernet frame with the VLAN tag 7, priority 1, around an EtherType for experiments. */
const sendTagged = `
import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(('a0', 0))
s.send(bytes.fromhex('ffffffffffff' + '02aabbccddee' + '8100' + '2007' + '88b5') + b'tagged' * 10)
`;

labTest('the VLAN tag that the kernel takes out is put back', async (t, lab) => {
  const other = await makeNamespace();
  try {
    await joinByVeth(lab, other);
    const plain = await open(other, { interfaces: ['b0'] });
    const cooked = await open(other, { interfaces: ['any'] });
    const isTagged = ({ bytes }: SeenFrame): boolean => bytes.subarray(-6).toString() === 'tagged';
    const both = [plain, cooked].map((source) => collect(source, (frames) => frames.some(isTagged)));
    await lab.run('python3', '-c', sendTagged);
    const [ethernet, sll2] = (await Promise.all(both)).map((frames) => frames.find(isTagged)!);
    t.is(ethernet.bytes.toString('hex', 0, 18), 'ffffffffffff02aabbccddee8100200788b5');
    t.deepEqual([ethernet.bytes.length, ethernet.origLen], [78, 78]);
    t.is(sll2.bytes.toString('hex', 0, 2), '8100');
    t.is(sll2.bytes.toString('hex', 20, 24), '200788b5');
    t.is(sll2.bytes.length, 24 + 60);
  } finally {
    other.remove();
  }
});

liveTest('a checksum that was never computed is flagged', async (t) => {
  const port = 18771;
  const source = await open(null, { filter: `udp port ${port}` });
  const seen = collect(source, (frames) => frames.length >= 1);
  await sendHere(port, 1);
  const [frame] = await seen;
  t.is(frame.flags & FrameFlag.checksumNotReady, FrameFlag.checksumNotReady);
});

labTest('two interfaces come merged by time', async (t, lab) => {
  const other = await makeNamespace();
  try {
    await joinByVeth(lab, other);
    const source = await open(lab, { interfaces: ['lo', 'a0'], filter: 'icmp' });
    t.deepEqual(
      source.interfaces.map(({ name }) => name),
      ['lo', 'a0'],
    );
    const seen = collect(
      source,
      (frames) =>
        frames.filter(({ interfaceId }) => interfaceId === 0).length >= 600 &&
        frames.filter(({ interfaceId }) => interfaceId === 1).length >= 600,
    );
    await Promise.all([
      lab.sh('ping -q -c 300 -i 0.003 127.0.0.9'),
      lab.sh('ping -q -c 300 -i 0.003 10.78.0.2'),
    ]);
    const frames = await seen;
    // One interface's frames may change places by microseconds: two processors bring them.
    const late = frames.filter(({ tsNs }, i) => i > 0 && tsNs + 1_000_000n < frames[i - 1].tsNs);
    t.is(late.length, 0);
    const changes = frames.filter(({ interfaceId }, i) => i > 0 && interfaceId !== frames[i - 1].interfaceId);
    t.true(changes.length > 10);
  } finally {
    other.remove();
  }
});

labTest('frames of 64 KiB are whole, and a snaplen cuts them', async (t, lab) => {
  const total = 8 << 20;
  const server = `
import socket,sys
s=socket.create_server(('127.0.0.1',18772)); print('ready',flush=True); c,_=s.accept(); n=0
while True:
    b=c.recv(1<<20)
    if not b: break
    n+=len(b)
`;
  const client = `
import socket
s=socket.create_connection(('127.0.0.1',18772)); s.sendall(b'x'*${total}); s.close()
`;
  await lab.start(/ready/, 'python3', '-c', server);
  const filter = 'tcp dst port 18772';
  const isEnded = (bytes: Buffer): boolean => (bytes[47] & 1) !== 0;
  const whole = await open(lab, { filter, bufferBytes: 32 << 20 });
  const cut = await open(lab, { filter, bufferBytes: 32 << 20, snapLen: 60 });
  const both = [whole, cut].map((source) =>
    collect(source, (frames) => frames.slice(-3).some(({ bytes }) => isEnded(bytes))),
  );
  await lab.run('python3', '-c', client);
  // Up to the end of the stream: an acknowledgement may follow it, in a batch of its own.
  const [wholes, cuts] = (await Promise.all(both)).map((frames) =>
    frames.slice(0, frames.findIndex(({ bytes }) => isEnded(bytes)) + 1),
  );
  t.true(Math.max(...wholes.map(({ bytes }) => bytes.length)) >= 65_000);
  // By sequence number: TCP may send bytes a second time, in segments that end elsewhere.
  const first = wholes[0].bytes.readUInt32BE(38);
  const segments = wholes
    .map(({ bytes }) => ({
      start: (bytes.readUInt32BE(38) - first) >>> 0,
      len: bytes.length - 34 - (bytes[46] >> 4) * 4,
    }))
    .toSorted((a, b) => a.start - b.start);
  let end = 0;
  let payload = 0;
  for (const { start, len } of segments) {
    payload += Math.max(0, start + len - Math.max(end, start));
    end = Math.max(end, start + len);
  }
  t.is(payload, total);
  t.true(wholes.every(({ bytes, origLen }) => bytes.length === origLen));
  t.deepEqual(
    cuts.map(({ origLen, bytes }) => [origLen, bytes.length]),
    wholes.map(({ origLen }) => [origLen, Math.min(origLen, 60)]),
  );
  t.deepEqual([whole.stats().dropped, cut.stats().dropped], [0, 0]);
});
