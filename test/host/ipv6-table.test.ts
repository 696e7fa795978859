import test from 'ava';
import fc from 'fast-check';
import { Ipv6Table } from '../../src/host/ipv6-table.js';
import { check } from '../capture/property.js';

/** Address i of a dense row: what a sender would choose to make them collide. */
function addressOf(i: number): DataView {
  const view = new DataView(new ArrayBuffer(16));
  view.setUint32(0, 0x20010db8);
  view.setUint32(4 * (i % 3) + 4, i);
  return view;
}

test('10,000 addresses keep their numbers and bytes while the table grows', (t) => {
  const table = new Ipv6Table();
  for (let i = 0; i < 10_000; i++) {
    if (table.add(addressOf(i), 0) !== i) t.fail(`address ${i} is not number ${i}`);
    if (table.find(addressOf(i + 1), 0) !== -1) t.fail(`address ${i + 1} is found before it is added`);
  }
  t.is(table.size, 10_000);
  const written = new DataView(new ArrayBuffer(24));
  let wrong = 0;
  for (let i = 0; i < 10_000; i++) {
    const address = addressOf(i);
    table.write(i, written, 8);
    if (table.find(address, 0) !== i || table.add(address, 0) !== i) wrong++;
    if (Buffer.compare(new Uint8Array(written.buffer, 8), new Uint8Array(address.buffer)) !== 0) wrong++;
  }
  t.is(wrong, 0);
  t.is(table.size, 10_000);
  t.is(written.getBigUint64(0), 0n, 'nothing is written before the offset');
});

test('an empty table finds nothing, not even the zero address', (t) => {
  t.is(new Ipv6Table().find(new DataView(new ArrayBuffer(16)), 0), -1);
});

test('a table numbers addresses as a map of their texts does', async (t) => {
  const word = fc.constantFrom(0, 1, 0xffff, 0x7f000001, 0xffffffff);
  const address = fc.tuple(word, word, word, word);
  await check(
    t,
    fc.property(fc.array(address, { maxLength: 200 }), (addresses) => {
      const table = new Ipv6Table();
      const numbers = new Map<string, number>();
      const view = new DataView(new ArrayBuffer(20));
      for (const words of addresses) {
        words.forEach((value, i) => {
          view.setUint32(4 + 4 * i, value);
        });
        const known = numbers.get(words.join());
        if (table.find(view, 4) !== (known ?? -1)) return false;
        const number = table.add(view, 4);
        if (number !== (known ?? numbers.size)) return false;
        numbers.set(words.join(), number);
      }
      return table.size === numbers.size;
    }),
  );
});
