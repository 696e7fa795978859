import test from 'ava';
import fc from 'fast-check';
import { attribute, nested, nulTerminated, u32 } from '../../src/capture/netlink-attribute.js';
import { NetlinkError } from '../../src/capture/netlink-error.js';
import { parseInetSocket } from '../../src/host/inet-sockets.js';
import { parseFoundLink } from '../../src/host/link-lookup.js';
import { parsePolicyRule } from '../../src/host/policy-rules.js';
import { parseRoute, routeQuestion } from '../../src/host/route-message.js';
import { check } from '../capture/property.js';

/** A route's or a rule's header: family, prefix lengths, table, type or action. */
function header(family: number, dstLen: number, srcLen: number, table: number, type: number): Uint8Array {
  return Uint8Array.of(family, dstLen, srcLen, 0, table, 0, 0, type, 0, 0, 0, 0);
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}

test('a route is read with its prefix, its next hop and the table that does not fit a byte', (t) => {
  const route = parseRoute(
    joined(
      header(2, 24, 0, 252, 1),
      attribute(1, Uint8Array.of(10, 1, 2, 0)),
      attribute(4, u32(3)),
      attribute(5, Uint8Array.of(10, 0, 0, 1)),
      attribute(7, Uint8Array.of(10, 0, 0, 2)),
      nested(8, [attribute(2, u32(1400))]),
      attribute(15, u32(1000)),
    ),
  );
  t.deepEqual(route, {
    type: 'unicast',
    table: 1000,
    prefix: '10.1.2.0/24',
    outInterface: 3,
    gateway: '10.0.0.1',
    source: '10.0.0.2',
    mtu: 1400,
    hops: 0,
    flags: 0,
  });
});

test('a default route has no address, and a gateway may be of the other version', (t) => {
  const via = Uint8Array.of(10, 0, ...new Uint8Array(15), 1);
  const route = parseRoute(joined(header(2, 0, 0, 254, 1), attribute(18, via)));
  t.like(route, { prefix: '0.0.0.0/0', gateway: '::1', table: 254 });
});

test('of several next hops the first is shown and all are counted', (t) => {
  const hop = (index: number, last: number): Uint8Array =>
    joined(Uint8Array.of(16, 0, 0, 0, index, 0, 0, 0), attribute(5, Uint8Array.of(10, 0, 0, last)));
  const route = parseRoute(joined(header(2, 0, 0, 254, 1), attribute(9, joined(hop(2, 1), hop(3, 2)))));
  t.like(route, { hops: 2, outInterface: 2, gateway: '10.0.0.1' });
});

test('a question is the address, and the interface where one is named', (t) => {
  const bytes = joined(...routeQuestion(Uint8Array.of(127, 0, 0, 1), 7, 0x2000));
  t.is(
    Buffer.from(bytes).toString('hex'),
    '022000000000000000200000' + '080001007f000001' + '0800040007000000',
  );
});

test('a rule is read with its selectors, and shown as ip rule shows it', (t) => {
  const rule = parsePolicyRule(
    joined(
      header(2, 8, 0, 254, 1),
      attribute(1, Uint8Array.of(127, 0, 0, 0)),
      attribute(3, nulTerminated('lo')),
      attribute(6, u32(5)),
      attribute(10, u32(1)),
      attribute(16, u32(0xffffffff)),
      attribute(14, u32(0xffffffff)),
    ),
  );
  t.is(rule.text, '5: from all to 127.0.0.0/8 fwmark 0x1 iif lo lookup main');
  t.like(rule, { to: '127.0.0.0/8', from: '0.0.0.0/0', inInterface: 'lo', mark: 1, markMask: 0xffffffff });
  t.like(rule, { priority: 5, action: 'lookup', table: 254, suppressPrefixLen: -1, hasOthers: false });
});

const malformed = test.macro({
  exec(t, payload: Uint8Array, message: RegExp) {
    t.throws(() => parseRoute(payload), { instanceOf: NetlinkError, code: 'malformed', message });
  },
  title: (title) => `malformed: ${title}`,
});

test('a header that is cut', malformed, new Uint8Array(11), /11 bytes \(least 12\)/);
test('another address family', malformed, header(7, 0, 0, 0, 0), /family 7/);
test('a prefix longer than an address', malformed, header(2, 33, 0, 0, 0), /33 \(at most 32\)/);
test('a prefix without its address', malformed, header(10, 64, 0, 0, 0), /64 bits without/);
test(
  'an address of another length',
  malformed,
  joined(header(2, 24, 0, 0, 0), attribute(1, new Uint8Array(5))),
  /an address of 5 bytes/,
);
test(
  'a next hop that reaches beyond its list',
  malformed,
  joined(header(2, 0, 0, 0, 0), attribute(9, Uint8Array.of(9, 0, 0, 0, 1, 0, 0, 0))),
  /9 bytes where 8/,
);
test(
  'next hops without one',
  malformed,
  joined(header(2, 0, 0, 0, 0), attribute(9, new Uint8Array(0))),
  /without a next hop/,
);

test('any bytes are a route, a rule, an interface and a socket, or malformed', async (t) => {
  const parsers = [
    parseRoute,
    parsePolicyRule,
    parseFoundLink,
    (bytes: Uint8Array) => parseInetSocket(bytes, 'tcp'),
  ];
  const attributes = fc.array(
    fc
      .record({ type: fc.nat(31), value: fc.uint8Array({ maxLength: 20 }) })
      .map(({ type, value }) => attribute(type, value)),
    { maxLength: 6 },
  );
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc
      .tuple(fc.constantFrom(2, 10), fc.nat(130), fc.nat(130), fc.nat(255), fc.nat(12), attributes)
      .map(([family, dst, src, table, type, list]) => joined(header(family, dst, src, table, type), ...list)),
  );
  const property = fc.property(payload, fc.nat(40), (bytes, cut) => {
    const guarded = Buffer.alloc(bytes.length + 64, 0x7f);
    guarded.set(bytes);
    for (const parse of parsers) {
      const given = guarded.subarray(0, Math.max(0, bytes.length - (cut > 20 ? cut - 20 : 0)));
      try {
        parse(given);
      } catch (error) {
        if (!(error instanceof NetlinkError && error.code === 'malformed')) return false;
      }
    }
    return true;
  });
  await check(t, property, 5000);
});
