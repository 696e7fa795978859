import test from 'ava';
import fc from 'fast-check';
import {
  anyAddress,
  both,
  either,
  isLoopbackText,
  matchOf,
  notLoopback,
  parseSpan,
  Reach,
} from '../../src/host/loopback-match.js';
import { check } from '../capture/property.js';

function match(texts: string, isNegated = false) {
  return matchOf(
    texts.split(' ').map((text) => parseSpan(text)!),
    isNegated,
  );
}

const positive: [texts: string, reach: keyof typeof Reach, others: boolean][] = [
  ['127.0.0.0/8', 'named', false],
  ['127.0.0.53', 'named', false],
  ['10.0.0.0/8 127.0.0.1', 'named', true],
  ['::1', 'named', false],
  ['::ffff:127.0.0.1', 'named', false],
  ['0.0.0.0/0', 'some', true],
  ['::/0', 'some', true],
  ['127.0.0.0/7', 'some', true],
  ['126.0.0.0-128.0.0.0', 'some', true],
  ['127.255.255.255-128.0.0.0', 'some', true],
  ['127.0.0.1/255.0.0.255', 'named', false],
  ['10.0.0.1/15.0.0.255', 'some', true],
  ['128.0.0.0/1', 'none', true],
  ['126.0.0.0-126.255.255.255', 'none', true],
  ['fd00::/8', 'none', true],
];
for (const [texts, reach, others] of positive) {
  test(`${texts}: loopback ${reach}, others ${others}`, (t) => {
    t.deepEqual(match(texts), { loopback: Reach[reach], others });
  });
}

const negative: [texts: string, reach: keyof typeof Reach][] = [
  ['127.0.0.0/8', 'none'],
  ['0.0.0.0/1', 'none'],
  ['127.128.0.0/9 10.0.0.0/8 127.0.0.0-127.127.255.255', 'none'],
  ['126.0.0.0-128.0.0.0', 'none'],
  ['::1', 'none'],
  ['::/16', 'none'],
  ['10.0.0.0/8', 'some'],
  ['127.0.0.1', 'some'],
  ['127.0.0.0/9 127.128.0.1-128.0.0.0', 'some'],
  ['fd00::/8', 'some'],
];
for (const [texts, reach] of negative) {
  test(`not ${texts}: loopback ${reach}`, (t) => {
    t.deepEqual(match(texts, true), { loopback: Reach[reach], others: true });
  });
}

test('of two conditions both must let an address through, of two ways one', (t) => {
  t.is(both(match('127.0.0.0/8'), notLoopback).loopback, Reach.none);
  t.is(both(anyAddress, match('0.0.0.0/0')).loopback, Reach.some);
  t.false(both(anyAddress, match('127.0.0.1')).others);
  t.is(either(notLoopback, match('127.0.0.1')).loopback, Reach.named);
  t.true(either(notLoopback, match('127.0.0.1')).others);
});

test('what is no address has no span', (t) => {
  for (const text of [
    '',
    '-',
    '8080',
    '1.2.3.4-',
    '1.2.3.4-5-6',
    '1.2.3.4/33',
    '::/1.2.3.4',
    'a/b',
    '1.2.3.4/::',
  ]) {
    t.is(parseSpan(text), null, text);
    t.false(isLoopbackText(text));
  }
});

test('an address is in a condition or in its opposite, whatever the spans', async (t) => {
  const span = fc.oneof(
    fc.tuple(fc.ipV4(), fc.nat(32)).map(([text, len]) => `${text}/${len}`),
    fc.tuple(fc.ipV4(), fc.ipV4()).map(([first, last]) => `${first}-${last}`),
  );
  const forwards = span.map((text) => parseSpan(text)!).filter(({ first, last }) => first <= last);
  await check(
    t,
    fc.property(fc.array(forwards, { minLength: 1, maxLength: 5 }), (spans) => {
      const [is, isNot] = [matchOf(spans, false), matchOf(spans, true)];
      return is.loopback !== Reach.none || isNot.loopback !== Reach.none;
    }),
  );
});
