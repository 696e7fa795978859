import { openCap } from '../../src/capture/cap-source.js';
import { CaptureError } from '../../src/capture/capture-error.js';
import { InterfaceRole } from '../../src/capture/source.js';
import { collect, labTest, liveTest, open, sendHere } from './ring-lab.js';

liveTest('drops are counted exactly', async (t) => {
  const port = 18773;
  const sent = 20_000;
  const source = await open(null, { filter: `udp dst port ${port}`, bufferBytes: 1 << 20 });
  await sendHere(port, sent, 100);
  const { dropped, backlog } = source.stats();
  t.true(dropped! > 0);
  t.is(backlog, 1);
  let seen = 0;
  for await (const batch of source) {
    seen += batch.count;
    batch.release();
    if (seen + source.stats().dropped! >= sent) break;
  }
  await source.close();
  t.is(seen + source.stats().dropped!, sent);
  t.is(source.interfaces[0].dropped, source.stats().dropped);
});

liveTest('blocks that are copied give the same frames', async (t) => {
  const port = 18774;
  const options = { filter: `udp dst port ${port}` };
  const sources = [await open(null, options), await open(null, { ...options, copies: true })];
  const both = sources.map((source) => collect(source, (frames) => frames.length >= 5000));
  await sendHere(port, 5000, 60);
  const [lent, copied] = await Promise.all(both);
  t.deepEqual([lent.length, copied.length], [5000, 5000]);
  t.true(lent.every(({ bytes }, i) => bytes.equals(copied[i].bytes)));
});

liveTest('a frame shows soon, though its block is not full', async (t) => {
  const port = 18775;
  const source = await open(null, { filter: `udp dst port ${port}` });
  const iterator = source[Symbol.asyncIterator]();
  const waits: number[] = [];
  for (let i = 0; i < 20; i++) {
    const next = iterator.next();
    const began = performance.now();
    await sendHere(port, 1);
    const { value: batch } = await next;
    waits.push(performance.now() - began);
    t.is(batch!.count, 1);
    batch!.release();
  }
  await source.close();
  waits.sort((a, b) => a - b);
  t.log(`median ${waits[10].toFixed(1)} ms`);
  t.true(waits[10] < 100); // On an idle machine it is 10.
});

liveTest('a batch that is lent stays readable when the source is closed, and empty afterwards', async (t) => {
  const port = 18776;
  const source = await open(null, { filter: `udp dst port ${port}` });
  const iterator = source[Symbol.asyncIterator]();
  const next = iterator.next();
  await sendHere(port, 1);
  const { value: batch } = await next;
  await source.close();
  const { bytes, offset } = batch!;
  t.is(bytes[offset[0] + 12], 8);
  batch!.release();
  t.true((await iterator.next()).done);
  t.is(bytes.length, 0);
  await source.close();
});

liveTest(
  'frames that came before the source was closed are still delivered, those after it are not',
  async (t) => {
    const port = 18778;
    const source = await open(null, { filter: `udp dst port ${port}` });
    const frames = collect(source, () => false);
    await sendHere(port, 3000, 60);
    await source.close();
    await sendHere(port, 10);
    t.is((await frames).length, 3000);
  },
);

liveTest('closing ends a wait', async (t) => {
  const source = await open(null, { filter: 'udp port 1' });
  const next = source[Symbol.asyncIterator]().next();
  await source.close();
  t.true((await next).done);
});

liveTest('a filter lets through what it says, as text and as a program', async (t) => {
  const port = 18777;
  const asText = await open(null, { filter: `udp dst port ${port}` });
  // ldh [36]; jeq #port, 0, 1; ret #262144; ret #0
  const asProgram = await open(null, {
    program: [
      { code: 0x28, jt: 0, jf: 0, k: 36 },
      { code: 0x15, jt: 0, jf: 1, k: port },
      { code: 0x06, jt: 0, jf: 0, k: 262144 },
      { code: 0x06, jt: 0, jf: 0, k: 0 },
    ],
  });
  const both = [asText, asProgram].map((source) => collect(source, (frames) => frames.length >= 10));
  await sendHere(port + 1, 10);
  await sendHere(port, 10);
  for (const frames of await Promise.all(both)) {
    t.deepEqual(
      frames.map(({ bytes }) => [bytes.readUInt16BE(36), bytes.readUInt32BE(42)]),
      Array.from({ length: 10 }, (_, i) => [port, i]),
    );
  }
});

liveTest('a filter that does not compile is refused', async (t) => {
  const bad = await t.throwsAsync(() => open(null, { filter: 'foo bar' }), { instanceOf: CaptureError });
  t.is(bad?.code, 'filter');
  t.regex(bad!.message, /^lo: filter `foo bar`: .*syntax error \(see pcap-filter\(7\)\)$/);
});

liveTest('an interface that cannot be captured is refused with the reason', async (t) => {
  const missing = await t.throwsAsync(() => open(null, { interfaces: ['nope0'] }), {
    instanceOf: CaptureError,
  });
  t.regex(missing!.message, /^nope0: no such interface \(there are: .*\blo\b/);
  const nowhere = await t.throwsAsync(() => open(null, { netns: 'nope' }), { instanceOf: CaptureError });
  t.regex(nowhere!.message, /^--netns nope: no such network namespace/);
});

labTest('an interface that is down is refused', async (t, lab) => {
  await lab.sh('ip link set lo down');
  const down = await t.throwsAsync(() => open(lab), { instanceOf: CaptureError });
  t.is(down!.message, 'lo: the interface is down (ip link set lo up)');
});

liveTest('the fast and the reference engine see the same frames in the same order', async (t) => {
  const port = 18778;
  const filter = `udp port ${port}`;
  const fast = await open(null, { filter });
  const reference = await openCap({
    interface: 'lo',
    role: InterfaceRole.loopback,
    filter,
    snapLen: 65535,
    bufferBytes: 8 << 20,
  });
  const isEnough = (frames: readonly unknown[]): boolean => frames.length >= 300;
  const both = [collect(fast, isEnough), collect(reference, isEnough)];
  for (let i = 0; i < 300; i++) {
    await sendHere(port, 1, 4 + i * 5);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const [ours, theirs] = await Promise.all(both);
  t.deepEqual([ours.length, theirs.length], [300, 300]);
  t.true(ours.every(({ bytes }, i) => bytes.equals(theirs[i].bytes)));
});

labTest('a tunnel is captured as the IP packets it carries', async (t, lab) => {
  try {
    await lab.sh('ip link add tun9 type ipip local 127.0.0.1 remote 127.0.0.2');
    await lab.sh('ip address add 10.80.0.1/24 dev tun9');
    await lab.sh('ip link set tun9 up');
  } catch (error) {
    t.log(`skipped: ${(error as Error).message}`);
    t.pass();
    return;
  }
  const source = await open(lab, { interfaces: ['tun9'], filter: 'icmp and host 10.80.0.9' });
  const seen = collect(source, (frames) => frames.length >= 1);
  const ping = lab.spawn(['ping', '-c', '1', '-W', '1', '10.80.0.9']);
  const [frame] = await seen;
  ping.kill();
  t.is(frame.linkType, 101);
  t.is(frame.bytes[0], 0x45);
});

liveTest('rings that are opened and closed together wait for the kernel together', async (t) => {
  const count = 16;
  const cycle = async (): Promise<void> => {
    const source = await open(null, { filter: 'udp port 1', bufferBytes: 1 << 20 });
    await source.close();
  };
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const beganMs = performance.now();
    await work();
    return performance.now() - beganMs;
  };
  const together = await timed(() => Promise.all(Array.from({ length: count }, cycle)));
  const oneByOne = await timed(async () => {
    for (let i = 0; i < count; i++) await cycle();
  });
  t.log(`${together.toFixed(0)} ms together, ${oneByOne.toFixed(0)} ms one by one`);
  // A kernel whose grace periods are short gives nothing to share.
  if (oneByOne / count > 20) t.true(together < oneByOne / 2);
  else t.pass();
});
