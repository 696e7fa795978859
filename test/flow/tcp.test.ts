import test from 'ava';
import { TcpFlag } from '../../src/decode/tcp.js';
import { firstSequences, tcpState } from '../../src/flow/flow-report.js';
import type { TestFrame } from '../classify/frames.js';
import { flowLine, flowsOf, segment } from './conversation.js';

const client = '127.0.0.1:40000';
const server = '127.0.0.1:80';

type Step = readonly [sender: 'client' | 'server', flags: string, state: string];

function frameOf([sender, flags]: Step, a = client, b = server): TestFrame {
  return sender === 'client' ? segment(a, b, flags) : segment(b, a, flags);
}

const handshake: readonly Step[] = [
  ['client', 'S', 'syn-sent'],
  ['server', 'S.', 'syn-received'],
  ['client', '.', 'established'],
];

const passesThrough = test.macro((t, steps: readonly Step[]) => {
  for (const [a, b] of [
    [client, server],
    ['127.0.0.1:80', '127.0.0.1:40000'],
    ['[::1]:40000', '[::1]:80'],
    ['10.0.0.2:40000', '10.0.0.1:80'],
  ]) {
    const frames = steps.map((step) => frameOf(step, a, b));
    const states = frames.map((_, i) => flowsOf(frames.slice(0, i + 1)).records[0].state);
    t.deepEqual(
      states,
      steps.map(([, , state]) => state),
      `${a} to ${b}`,
    );
    t.is(flowsOf(frames).records[0].initiator.port, Number(a.slice(a.lastIndexOf(':') + 1)));
  }
});

test('a connection is established by its handshake and closed by both FINs', passesThrough, [
  ...handshake,
  ['client', 'P.', 'established'],
  ['server', 'P.', 'established'],
  ['server', 'F.', 'closing'],
  ['client', '.', 'closing'],
  ['client', 'F.', 'closed'],
  ['server', '.', 'closed'],
]);
test('a connection that is refused is reset', passesThrough, [
  ['client', 'S', 'syn-sent'],
  ['server', 'R.', 'reset'],
]);
test('a SYN that is sent again is still unanswered', passesThrough, [
  ['client', 'S', 'syn-sent'],
  ['client', 'S', 'syn-sent'],
]);
test('an established connection is reset by either side', passesThrough, [
  ...handshake,
  ['client', 'R.', 'reset'],
  ['server', '.', 'reset'],
]);
test('a connection met midway counts as established', passesThrough, [
  ['client', 'P.', 'established'],
  ['server', '.', 'established'],
]);
test('a 5-tuple used again after a close starts anew', passesThrough, [
  ...handshake,
  ['client', 'F.', 'closing'],
  ['server', 'F.', 'closed'],
  ['client', '.', 'closed'],
  ...handshake,
]);
test('a 5-tuple used again after a reset starts anew', passesThrough, [
  ['client', 'S', 'syn-sent'],
  ['server', 'R.', 'reset'],
  ...handshake,
]);
test('a SYN within a connection does not start it anew', passesThrough, [
  ...handshake,
  ['client', 'S', 'established'],
]);

test('who sends a SYN-ACK first has not initiated: its SYN was not captured', (t) => {
  const { records } = flowsOf([segment(server, client, 'S.'), segment(client, server, '.')]);
  t.deepEqual(records.map(flowLine), ['tcp 127.0.0.1:40000 > 127.0.0.1:80 1/1']);
  t.is(records[0].state, 'established');
});

test('who sends the first frame of a connection met midway counts as its initiator', (t) => {
  const { records } = flowsOf([segment(server, client, 'P.'), segment(client, server, '.')]);
  t.deepEqual(records.map(flowLine), ['tcp 127.0.0.1:80 > 127.0.0.1:40000 1/1']);
});

test('a simultaneous open is established', (t) => {
  const { records } = flowsOf([
    segment(client, server, 'S'),
    segment(server, client, 'S'),
    segment(client, server, 'S.'),
    segment(server, client, 'S.'),
  ]);
  t.is(records[0].state, 'established');
});

test('flags of both sides and none are a state too', (t) => {
  t.is(tcpState(0), 'established');
  t.is(tcpState(TcpFlag.syn), 'syn-sent');
  t.is(tcpState(TcpFlag.rst << 8), 'reset');
});

test('sequence numbers are counted from the first of each direction', (t) => {
  const { table } = flowsOf([
    segment(client, server, 'S', { seq: 4_000_000_000 }),
    segment(server, client, 'S.', { seq: 7, ack: 4_000_000_001 }),
  ]);
  t.deepEqual(firstSequences(table, 1, true), { seq: 4_000_000_000, ack: 7 });
  t.deepEqual(firstSequences(table, 1, false), { seq: 7, ack: 4_000_000_000 });
});

test('before the other side has spoken its acknowledgment numbers count from 0', (t) => {
  const { table } = flowsOf([segment(client, server, 'S', { seq: 5 })]);
  t.deepEqual(firstSequences(table, 1, true), { seq: 5, ack: 0 });
});

test('a 5-tuple used again counts from the new connection’s first numbers', (t) => {
  const { table } = flowsOf([
    segment(client, server, 'S', { seq: 100 }),
    segment(server, client, 'R.', { seq: 0, ack: 101 }),
    segment(client, server, 'S', { seq: 900 }),
    segment(server, client, 'S.', { seq: 500, ack: 901 }),
  ]);
  t.deepEqual(firstSequences(table, 1, true), { seq: 900, ack: 500 });
});

test('a flow without TCP has no first sequence numbers', (t) => {
  const { table } = flowsOf([{ bytes: segment(client, server, 'S').bytes.subarray(0, 24) }]);
  t.is(table.size, 1);
  t.is(firstSequences(table, 1, true), undefined);
});
