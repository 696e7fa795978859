import test from 'ava';
import { LinkType } from '../../src/capture/link-type.js';
import { compile } from '../../src/filter/compile.js';
import { FilterError, renderCaret } from '../../src/filter/filter-error.js';

const refused = test.macro({
  exec(t, text: string, position: number, message: RegExp, linkType: number = LinkType.ethernet) {
    const error = t.throws(() => compile(text, linkType), { instanceOf: FilterError }) as FilterError;
    t.is(error.position, position, error.message);
    t.regex(error.message, message);
  },
  title: (title, text) => title ?? `refused with its place: ${text}`,
});

test(refused, 'tcp port', 8, /ends too early, expected .*a name/);
test(refused, 'tcp port eighty', 9, /unknown service `eighty`/);
test(refused, 'tcp port 80 or', 14, /ends too early/);
test(refused, 'host example.org', 5, /looked up only with --resolve/);
test(refused, '127.0.0.1', 0, /expected a qualifier/);
test(refused, '(tcp port 80', 12, /expected `\)`/);
test(refused, 'tcp port 80)', 11, /expected `and`/);
test(refused, 'port 70000', 5, /port 70000 does not exist/);
test(refused, 'net 10.1.0.0/8', 4, /bits behind its mask/);
test(refused, 'host 1.2.3.0/24', 5, /expected `net`/);
test(refused, 'tcp host 127.0.0.1', 9, /`tcp` has no IPv4 addresses/);
test(refused, 'ip host ::1', 8, /`ip` has no IPv6 addresses/);
test(refused, 'ip[0:3] = 1', 5, /3 bytes cannot be read/);
test(refused, 'ip[2] / 0 = 1', 6, /division by zero/);
test(refused, 'len > 4294967296', 6, /more than 32 bits/);
test(refused, 'ip proto 09', 9, /not octal/);
test(refused, 'proto tcp', 6, /`\\tcp` if that is one/);
test(refused, 'gateway snup', 8, /ether host MAC and not host ADDRESS/);
test(refused, 'mpls', 0, /not decoded here/);
test(refused, 'ip protochain 6', 14, /a loop, which is not for BPF/);
test(refused, 'vlan 4096', 0, /VLAN 4096/);
test(refused, 'ether host 1:2:3:4:5:6', 11, /no Ethernet addresses/, LinkType.raw);
test(refused, 'vlan', 0, /nothing for `vlan`/, LinkType.linuxSll2);
test(refused, 'inbound', 0, /nothing for `inbound`/);
test(refused, 'tcp ; udp', 4, /unexpected character ";"/);
test(refused, '(port 80) or 443', 13, /nothing before this id/);

test('the caret stands under the character', (t) => {
  t.is(renderCaret('tcp port eighty or udp', 9), 'tcp port eighty or udp\n         ^');
  t.is(renderCaret('a\tb\u{1f600}', 2), 'a?b??\n  ^');
});

test('deep nesting is refused, not overflowed', (t) => {
  const deep = (text: string): unknown =>
    t.throws(() => compile(text, LinkType.ethernet), { instanceOf: FilterError });
  deep(`${'('.repeat(5000)}tcp${')'.repeat(5000)}`);
  deep(`${'not '.repeat(5000)}tcp`);
  deep(`${'-('.repeat(3000)}1 = 2`);
  t.notThrows(() => compile(`${'('.repeat(50)}tcp${')'.repeat(50)}`, LinkType.ethernet));
  t.notThrows(() => compile(Array(300).fill('port 80').join(' or '), LinkType.ethernet));
});
