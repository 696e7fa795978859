import test from 'ava';
import fc from 'fast-check';
import {
  attribute,
  attributesByType,
  be32,
  nested,
  nulTerminated,
  parseAttributes,
  readText,
  readU32,
  u32,
} from '../../src/host/netlink-attribute.js';
import { NetlinkError } from '../../src/host/netlink-error.js';
import {
  buildMessage,
  MessageFlag,
  MessageType,
  parseMessages,
  readOutcome,
} from '../../src/host/netlink-message.js';
import { check } from '../capture/property.js';

/** Runs it; nothing but the declared error may come out. */
function survives(run: () => void): boolean {
  try {
    run();
    return true;
  } catch (error) {
    return error instanceof NetlinkError && error.code === 'malformed';
  }
}

test('a message is its header and its payload, padded to four bytes', (t) => {
  const bytes = buildMessage(26, MessageFlag.request, 7, [Uint8Array.of(2), Uint8Array.of(8)]);
  t.is(Buffer.from(bytes).toString('hex'), '120000001a000100070000000000000002080000');
});

test('messages that stand one behind the other are read in their order', (t) => {
  const two = Buffer.concat([
    buildMessage(20, 0, 1, [Uint8Array.of(1, 2, 3)]),
    buildMessage(21, MessageFlag.multi, 2, []),
  ]);
  t.deepEqual(
    parseMessages(two).map(({ type, flags, sequence, payload }) => [type, flags, sequence, [...payload]]),
    [
      [20, 0, 1, [1, 2, 3]],
      [21, MessageFlag.multi, 2, []],
    ],
  );
});

test('attributes come back as they were built, nested ones too', (t) => {
  const inner = [attribute(1, u32(0x01020304)), attribute(2, be32(0x01020304))];
  const bytes = Buffer.concat([attribute(3, nulTerminated('eth0')), nested(4, inner)]);
  const byType = attributesByType(bytes);
  t.is(readText(byType.get(3)!), 'eth0');
  const found = parseAttributes(byType.get(4)!);
  t.is(readU32(found[0].value), 0x01020304);
  t.deepEqual([...found[1].value], [1, 2, 3, 4]);
});

test('a value that no length field holds is refused before it is sent', (t) => {
  t.throws(() => attribute(1, new Uint8Array(65532)), { instanceOf: RangeError });
  t.is(attribute(1, new Uint8Array(65531)).length, 65536);
});

test('an acknowledgement is no failure, and an error carries the kernel’s name, words and offset', (t) => {
  const quoted = buildMessage(26, 5, 7, [Uint8Array.of(0, 0, 0, 0, 9)]);
  const outcome = (flags: number, errno: number, quote: Uint8Array, attributes: Uint8Array[]) => {
    const payload = [u32(-errno), quote, ...attributes];
    return readOutcome(parseMessages(buildMessage(MessageType.error, flags, 7, payload))[0]);
  };
  t.is(outcome(0, 0, quoted, []), null);
  const words = [attribute(1, nulTerminated('Invalid prefix')), attribute(2, u32(20))];
  for (const [flags, quote] of [
    [MessageFlag.ackAttributes, quoted],
    [MessageFlag.ackAttributes | MessageFlag.capped, quoted.subarray(0, 16)],
  ] as const) {
    const failure = outcome(flags, 22, quote, words)!;
    t.is(failure.code, 'EINVAL');
    t.regex(failure.message, /: Invalid prefix$/);
    t.is(failure.offset, 20);
  }
  t.is(outcome(0, 101, quoted, [])!.code, 'ENETUNREACH');
});

test('the end of a dump may carry an error and words, or nothing', (t) => {
  const done = (flags: number, payload: Uint8Array[]) =>
    readOutcome(parseMessages(buildMessage(MessageType.done, flags, 1, payload))[0]);
  t.is(done(0, []), null);
  t.is(done(0, [u32(0)]), null);
  const failure = done(MessageFlag.ackAttributes, [u32(-16), attribute(1, nulTerminated('busy with it'))])!;
  t.is(failure.code, 'EBUSY');
  t.regex(failure.message, /busy with it/);
});

test('every prefix of a datagram is whole messages or malformed', (t) => {
  const bytes = Buffer.concat([
    buildMessage(20, 0, 1, [attribute(3, nulTerminated('lo'))]),
    buildMessage(21, 0, 2, [u32(1)]),
  ]);
  for (let len = 0; len <= bytes.length; len++) {
    t.true(
      survives(() => parseMessages(bytes.subarray(0, len)).map(({ payload }) => parseAttributes(payload))),
    );
  }
});

test('lengths that contradict their surroundings are malformed, with both numbers', (t) => {
  const bytes = buildMessage(20, 0, 1, [attribute(3, u32(5))]);
  for (const len of [0, 15, 25, 0xffffffff]) {
    const lying = bytes.slice();
    new DataView(lying.buffer).setUint32(0, len, true);
    t.throws(() => parseMessages(lying), { instanceOf: NetlinkError, message: new RegExp(`${len} .*24`) });
  }
  for (const len of [0, 3, 9, 0xffff]) {
    const lying = attribute(3, u32(5));
    new DataView(lying.buffer).setUint16(0, len, true);
    t.throws(() => parseAttributes(lying), { instanceOf: NetlinkError, message: new RegExp(`${len} .*8`) });
  }
});

test('any bytes give messages inside of them or the declared error', async (t) => {
  const header = fc.record({ len: fc.integer({ min: 0, max: 80 }), type: fc.integer({ min: 0, max: 5 }) });
  const property = fc.property(
    fc.uint8Array({ maxLength: 120 }),
    header,
    fc.nat(0x3ff),
    (bytes, { len, type }, flags) => {
      if (bytes.length >= 8) {
        const view = new DataView(bytes.buffer, bytes.byteOffset);
        view.setUint32(0, len, true);
        view.setUint16(4, type, true);
        view.setUint16(6, flags, true);
      }
      // Beyond the datagram lies what must not be read: the views end with it.
      const guarded = Buffer.alloc(bytes.length + 64, 0x41);
      guarded.set(bytes);
      const datagram = guarded.subarray(0, bytes.length);
      const end = datagram.byteOffset + datagram.length;
      return survives(() => {
        for (const message of parseMessages(datagram)) {
          if (message.payload.byteOffset + message.payload.length > end)
            throw new Error('beyond the datagram');
          if (!survives(() => void readOutcome(message))) throw new Error('another error');
          for (const { value } of parseAttributes(message.payload)) {
            if (value.byteOffset + value.length > end) throw new Error('beyond the message');
          }
        }
      });
    },
  );
  await check(t, property, 3000);
});
