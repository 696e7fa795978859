import test from 'ava';
import fc from 'fast-check';
import { printable, printableAscii } from '../../src/format/printable.js';

const cases = [
  ['plain text, äöü → 漢字', 'plain text, äöü → 漢字'],
  ['\u001b[31mred', '\\x1b[31mred'],
  ['line\nbreak\ttab\u007f', 'line\\x0abreak\\x09tab\\x7f'],
  ['\u009bC1', '\\x9bC1'],
  ['right\u202eleft', 'right\\u{202e}left'],
  ['zero\u200bwidth', 'zero\\u{200b}width'],
] as const;

for (const [text, safe] of cases) {
  test(`the text ${JSON.stringify(safe)} is safe`, (t) => {
    t.is(printable(text), safe);
  });
}

test('any text is safe for a terminal, and stays so', (t) => {
  const property = fc.property(fc.string({ unit: 'binary' }), (text) => {
    const safe = printable(text);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be left
    return !/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/.test(safe) && printable(safe) === safe;
  });
  fc.assert(property);
  t.pass();
});

test('the text column of a hex dump has one character a byte', (t) => {
  t.is(printableAscii(Uint8Array.from([0x61, 0x20, 0x7e, 0x7f, 0x1f, 0x00, 0xff, 0x41])), 'a ~....A');
  t.is(printableAscii(new Uint8Array(0)), '');
});
