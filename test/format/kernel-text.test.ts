import { spawnSync } from 'node:child_process';
import test from 'ava';
import fc from 'fast-check';
import { bytesOfText, textOfBytes } from '../../src/format/kernel-text.js';
import { printable } from '../../src/format/printable.js';
import { shellWord } from '../../src/format/shell-word.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

test('text that is UTF-8 is itself, and each other byte is shown as it was', (t) => {
  t.is(textOfBytes(bytesOf('76c3a930')), 'vé0');
  t.is(textOfBytes(bytesOf('f09f9080')), '🐀');
  t.is(printable(textOfBytes(bytesOf('76e930c3a9ff'))), 'v\\xe90é\\xff');
  // An encoded surrogate is no UTF-8, nor is the beginning of a character.
  t.is(printable(textOfBytes(bytesOf('edb28061'))), '\\xed\\xb2\\x80a');
  t.is(printable(textOfBytes(bytesOf('61f09f90'))), 'a\\xf0\\x9f\\x90');
});

test('any bytes are the same again', (t) => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.string({ unit: 'binary' }).map((text) => Uint8Array.from(Buffer.from(text))),
    fc.array(fc.constantFrom(0xed, 0xb2, 0xa0, 0x80, 0xf0, 0x9f, 0x61)).map((list) => Uint8Array.from(list)),
  );
  fc.assert(fc.property(bytes, (some) => hex(bytesOfText(textOfBytes(some))) === hex(some)));
  t.pass();
});

test('any name is one word for a shell, and safe for a terminal', (t) => {
  const names = ['eth0.100', 'vé0', 'a"b', '$(x)', '-x', "it's", 'e\u2003m', 'a\u001b[31m', 'a\\b'].map(
    (text) => Uint8Array.from(Buffer.from(text)),
  );
  for (const name of [...names, bytesOf('76e930'), bytesOf('ff27')]) {
    const word = shellWord(textOfBytes(name));
    t.is(printable(word), word);
    const { stdout } = spawnSync('sh', ['-c', `printf %s ${word}`]);
    t.is(hex(stdout), hex(name), word);
  }
});
