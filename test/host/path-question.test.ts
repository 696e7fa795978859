import dns from 'node:dns/promises';
import test from 'ava';
import { PathError, questionOfAddress, questionsOf } from '../../src/host/path-question.js';

const asked = test.macro({
  exec(t, text: string, expected: object) {
    const question = questionOfAddress(text);
    t.truthy(question);
    t.like(question, expected);
  },
  title: (_title, text) => `${text} is looked up as what it means`,
});

test(asked, '127.0.0.1', { version: 4, address: '127.0.0.1', zone: '', standsFor: '' });
test(asked, '::1', { version: 6, address: '::1', zone: '', standsFor: '' });
test(asked, 'FE80:0::1%eth0', { version: 6, address: 'fe80::1', zone: 'eth0' });
test(asked, '::ffff:127.0.0.1', {
  version: 4,
  address: '127.0.0.1',
  standsFor: '::ffff:127.0.0.1 is sent as plain IPv4: 127.0.0.1',
});
test(asked, '0.0.0.0', { version: 4, address: '127.0.0.1' });
test(asked, '::', { version: 6, address: '::1' });

test('what is no address is none', (t) => {
  for (const text of [
    '',
    '127.1',
    '::1::',
    '1.2.3.4.5',
    '1.2.3.4%lo',
    'fe80::1%',
    'localhost',
    '%eth0',
    ':',
  ]) {
    t.is(questionOfAddress(text), null, text);
  }
});

test('localhost gives each of its addresses, in the resolver’s order', async (t) => {
  const addresses = (await dns.lookup('localhost', { all: true, verbatim: true })).map(
    ({ address }) => address,
  );
  t.deepEqual(
    (await questionsOf('localhost')).map(({ address }) => address),
    [...new Set(addresses)],
  );
});

test('other spellings of an IPv4 address are the resolver’s', async (t) => {
  const [question] = await questionsOf('127.1');
  t.is(question.address, '127.0.0.1');
});

test('a text that no resolver takes is refused with what to do', async (t) => {
  for (const text of ['', 'a\0b', 'x'.repeat(3000)]) {
    await t.throwsAsync(questionsOf(text), { instanceOf: PathError, message: /loscope path 127\.0\.0\.1/ });
  }
});
