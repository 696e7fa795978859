import test from 'ava';
import { type FibLocals, parseFibTrie } from '../../src/host/fib-trie.js';
import { formatPrefix, ipv4Text } from './prefix-text.js';
import { fibTrieText } from './proc-net.js';

function asText({ local, broadcasts }: FibLocals) {
  return { local: local.map(formatPrefix), broadcasts: broadcasts.map(ipv4Text) };
}

test('a fib_trie gives each local prefix and broadcast once, though both tables list them', (t) => {
  t.deepEqual(asText(parseFibTrie(fibTrieText)), {
    local: [
      '10.99.0.1/32',
      '127.0.0.0/8',
      '127.0.0.1/32',
      '192.0.2.2/32',
      '198.51.100.0/32',
      '198.51.100.0/24',
      '203.0.113.7/32',
    ],
    broadcasts: ['10.99.0.3', '127.255.255.255', '192.0.2.255'],
  });
});

test('an AnyIP route counts as one local prefix of its own length', (t) => {
  const { local } = parseFibTrie('     |-- 198.51.100.0\n        /24 host LOCAL\n');
  t.deepEqual(local.map(formatPrefix), ['198.51.100.0/24']);
});

test('of a table of its own, whole addresses alone are local', (t) => {
  const proxy = '  |-- 10.0.0.0\n     /8 host LOCAL\n  |-- 10.9.0.1\n     /32 host LOCAL\n';
  const common = '  |-- 10.8.0.0\n     /16 host LOCAL\n';
  const { local } = parseFibTrie(`Id 100:\n${proxy}Local:\n${common}`);
  t.deepEqual(local.map(formatPrefix), ['10.9.0.1/32', '10.8.0.0/16']);
});

test('several prefixes under one leaf each belong to its address', (t) => {
  const text = '  |-- 10.0.0.0\n     /8 universe UNICAST\n     /16 host LOCAL\n     /32 link BROADCAST\n';
  t.deepEqual(asText(parseFibTrie(text)), { local: ['10.0.0.0/16'], broadcasts: ['10.0.0.0'] });
});

const givesNothing = test.macro({
  exec: (t, _what: string, text: string) => {
    t.deepEqual(parseFibTrie(text), { local: [], broadcasts: [] });
  },
  title: (_provided, what) => `${what} gives no prefixes`,
});

test(givesNothing, 'an empty text', '');
test(givesNothing, 'an entry without a leaf before it', '   /32 host LOCAL\n');
test(givesNothing, 'a leaf that is no address', '   |-- 1.2.3.4.5\n      /32 host LOCAL\n');
test(givesNothing, 'a prefix longer than an address', '   |-- 1.2.3.4\n      /33 host LOCAL\n');
test(
  givesNothing,
  'a route of another kind',
  '   |-- 1.2.3.4\n      /32 host LOCALE\n      /24 link UNICAST\n',
);
test(givesNothing, 'text of another file', 'Iface\tDestination\tGateway\neth0\t00000000\t010200C0\n');
test(givesNothing, 'an inner node', '  +-- 127.0.0.0/8 2 0 2\n');
