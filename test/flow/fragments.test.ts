import test from 'ava';
import type { TestFrame } from '../classify/frames.js';
import * as build from '../decode/frame-builder.js';
import { flowLine, flowsOf } from './conversation.js';

interface Datagram {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly id: number;
}

/** Three fragments of a UDP datagram of 96 bytes. */
function fragmentsOf({ id, ...ends }: Datagram): TestFrame[] {
  const whole = build.udp({ ...ends, payload: new Uint8Array(88) });
  return [0, 32, 64].map((fragmentOffset) => {
    const payload = whole.subarray(fragmentOffset, fragmentOffset + 32);
    const moreFragments = fragmentOffset < 64;
    const fields = { id, fragmentOffset, moreFragments };
    if (!ends.source.includes(':')) return { bytes: build.ipv4({ ...ends, ...fields, payload }) };
    const header = build.fragment({ ...fields, payload });
    return { bytes: build.ipv6({ ...ends, nextHeader: 44, payload: header }) };
  });
}

const request: Datagram = {
  source: '127.0.0.1',
  destination: '127.0.0.1',
  sourcePort: 40000,
  destinationPort: 9,
  id: 77,
};
const reply: Datagram = { ...request, sourcePort: 9, destinationPort: 40000, id: 78 };

const countsForFirst = test.macro((t, source: string, destination: string, line: string) => {
  const first = { ...request, source, destination };
  const answer = { ...reply, source: destination, destination: source };
  const { ids, records } = flowsOf([...fragmentsOf(first), ...fragmentsOf(answer)]);
  t.deepEqual(ids, [1, 1, 1, 1, 1, 1]);
  t.deepEqual(records.map(flowLine), [line]);
});

test(
  'later fragments count for the flow of their first, each way',
  countsForFirst,
  '127.0.0.1',
  '127.0.0.2',
  'udp 127.0.0.1:40000 > 127.0.0.2:9 3/3',
);
test(
  'fragments from an address to itself keep the direction of their first',
  countsForFirst,
  '127.0.0.1',
  '127.0.0.1',
  'udp 127.0.0.1:40000 > 127.0.0.1:9 3/3',
);
test(
  'IPv6 fragments count for the flow of their first',
  countsForFirst,
  'fd00::2',
  '::1',
  'udp [fd00::2]:40000 > [::1]:9 3/3',
);
test(
  'IPv6 fragments from ::1 to itself keep the direction of their first',
  countsForFirst,
  '::1',
  '::1',
  'udp [::1]:40000 > [::1]:9 3/3',
);

test('two datagrams whose fragments interleave keep their flows', (t) => {
  const a = fragmentsOf(request);
  const b = fragmentsOf({ ...request, sourcePort: 40001, id: 79 });
  t.deepEqual(flowsOf([a[0], b[0], a[1], b[1], b[2], a[2]]).ids, [1, 2, 1, 2, 2, 1]);
});

test('a later fragment whose first was not seen counts for a flow without ports', (t) => {
  const [first, second, third] = fragmentsOf(request);
  const { ids, records } = flowsOf([second, first, third]);
  t.deepEqual(ids, [1, 2, 2]);
  t.deepEqual(records.map(flowLine), [
    'udp 127.0.0.1:0 > 127.0.0.1:0 1/0',
    'udp 127.0.0.1:40000 > 127.0.0.1:9 2/0',
  ]);
});

test('the same identification of another protocol is another datagram (RFC 791 3.2)', (t) => {
  const [first] = fragmentsOf(request);
  const ends = { source: request.source, destination: request.destination };
  const other = { ...ends, protocol: 1, id: request.id, fragmentOffset: 32, payload: new Uint8Array(8) };
  const { ids, records } = flowsOf([first, { bytes: build.ipv4(other) }]);
  t.deepEqual(ids, [1, 2]);
  t.is(records[1].protocol, 'icmp');
});

test('an identification that is used again belongs to the newer datagram', (t) => {
  const [first] = fragmentsOf(request);
  const [again, later] = fragmentsOf({ ...request, sourcePort: 50000 });
  t.deepEqual(flowsOf([first, again, later]).ids, [1, 2, 2]);
});

test('a later fragment is never taken for one of another datagram, however many there were', (t) => {
  const firsts = Array.from(
    { length: 4000 },
    (_, id) => fragmentsOf({ ...request, id, sourcePort: 1024 + id })[0],
  );
  const strangers = [60_001, 60_002, 60_003].map((id) => fragmentsOf({ ...request, id })[1]);
  const { ids, records } = flowsOf([...firsts, ...strangers]);
  t.deepEqual(ids.slice(4000), [4001, 4001, 4001]);
  t.is(flowLine(records[4000]), 'udp 127.0.0.1:0 > 127.0.0.1:0 3/0');
});
