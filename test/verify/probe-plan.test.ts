import test from 'ava';
import * as fc from 'fast-check';
import { parsePrefix } from '../../src/host/host-model.js';
import {
  type Attempt,
  type Device,
  describeAttempt,
  keyOf,
  mostDevices,
  type OwnAddress,
  planAttempts,
} from '../../src/verify/probe-plan.js';

function own(text: string, interfaceIndex = 2): OwnAddress {
  return { text, bytes: parsePrefix(text)!.bytes, interfaceIndex };
}

const eth0: Device = { name: 'eth0', index: 2 };
const eth1: Device = { name: 'eth1', index: 3 };
const none = (): boolean => false;

function texts(attempts: readonly Attempt[]): string[] {
  return attempts.map(describeAttempt);
}

test('each target is tried in each way: as it comes, from loopback, from own addresses, bound to a device', (t) => {
  const { attempts, leftOut } = planAttempts([own('192.0.2.7')], [eth0], none, 512);
  const all = texts(attempts);
  t.is(leftOut, 0);
  for (const wanted of [
    'UDP to 127.0.0.1',
    'TCP to ::1',
    'ICMP to 127.255.255.255',
    'TCP to ::ffff:127.0.0.1 bound to eth0',
    'UDP to 127.0.0.1 from 192.0.2.7',
    'ICMP to 192.0.2.7 from 127.0.0.1',
    'UDP to 192.0.2.7 from 127.0.0.1 bound to eth0',
  ]) {
    t.true(all.includes(wanted), wanted);
  }
  t.false(all.some((text) => text.startsWith('ICMP to ::ffff:')));
});

test('a link-local address is a target on its own link alone', (t) => {
  const { attempts } = planAttempts([own('fe80::1', 2)], [eth0, eth1], none, 512);
  const linkLocal = attempts.filter(({ to }) => to === 'fe80::1');
  t.deepEqual([...new Set(linkLocal.map(({ device }) => device))], ['', 'eth0']);
  t.true(linkLocal.every(({ scopeIndex }) => scopeIndex === 2));
});

test('what was made is not planned again', (t) => {
  const first = planAttempts([], [eth0], none, 512).attempts;
  const made = new Set(first.map(keyOf));
  const next = planAttempts([own('192.0.2.7')], [eth0], (each) => made.has(keyOf(each)), 512).attempts;
  t.true(next.length > 0);
  t.true(next.every(({ to, from }) => to === '192.0.2.7' || from === '192.0.2.7'));
});

test('with more addresses and devices than can be tried, each way gets its share and the rest is counted', (t) => {
  const many = Array.from({ length: 64 }, (_, i) => own(`192.0.2.${i}`));
  const devices = Array.from({ length: 100 }, (_, i) => ({ name: `d${i}`, index: i + 2 }));
  const { attempts, leftOut } = planAttempts(many, devices, none, 512);
  t.is(attempts.length, 512);
  t.true(leftOut > 10_000);
  t.true(new Set(attempts.map(({ device }) => device)).size <= 1 + mostDevices);
  const ways = [
    ({ from, device, isToOwn }: Attempt) => from === '' && device === '' && !isToOwn,
    ({ from, device, isToOwn }: Attempt) => from === '' && device === '' && isToOwn,
    ({ from, device }: Attempt) => from === '127.0.0.1' && device === '',
    ({ from, device }: Attempt) => from.startsWith('192.') && device === '',
    ({ from, device, isToOwn }: Attempt) => from === '' && device !== '' && !isToOwn,
    ({ from, device, isToOwn }: Attempt) => from === '' && device !== '' && isToOwn,
    ({ from, device }: Attempt) => from === '127.0.0.1' && device !== '',
  ];
  for (const isOfWay of ways) t.true(attempts.filter(isOfWay).length >= 10);
});

test('whatever the host has, only loopback and its own addresses are targets, and no attempt comes twice', (t) => {
  const address = fc.ipV4().map((text) => own(text));
  const address6 = fc
    .ipV6()
    .map((text) => ({ ...own('::2'), text, bytes: parsePrefix(text)?.bytes ?? own('::2').bytes }));
  const device = fc.record({
    name: fc.stringMatching(/^[a-z]{1,8}$/),
    index: fc.integer({ min: 1, max: 9 }),
  });
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.oneof(address, address6), { selector: ({ text }) => text, maxLength: 20 }),
      fc.uniqueArray(device, { selector: ({ name }) => name, maxLength: 5 }),
      fc.integer({ min: 0, max: 600 }),
      (addresses, devices, most) => {
        const { attempts } = planAttempts(addresses, devices, none, most);
        const allowed = new Set(addresses.map(({ text }) => text));
        t.true(attempts.length <= most);
        t.is(new Set(attempts.map(keyOf)).size, attempts.length);
        for (const { to } of attempts)
          t.true(allowed.has(to) || /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/.test(to), to);
        const firstBound = attempts.findIndex((each) => each.device !== '');
        t.true(firstBound < 0 || attempts.slice(firstBound).every((each) => each.device !== ''));
      },
    ),
    { numRuns: 100 },
  );
});
