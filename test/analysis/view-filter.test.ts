import test from 'ava';
import fc from 'fast-check';
import { filterMistake } from '../../src/analysis/view-filter.js';

test('a filter with our own words and those of pcap-filter has no mistake', (t) => {
  for (const text of [
    '',
    ' ',
    'tcp port 80',
    'locality leak or (udp and flow 12)',
    'frame 1-9 and not state reset',
  ])
    t.is(filterMistake(text), null, text);
});

test('a mistake has a place and words', (t) => {
  const mistake = filterMistake('tcp port eighty or udp');
  t.is(mistake?.position, 9);
  t.regex(mistake?.message ?? '', /^unknown service/);
  t.is(filterMistake('locality here')?.position, 9);
  t.is(filterMistake('udp and')?.position, 7, 'the end, where something is missing');
});

test('whatever is typed is a filter or has a mistake within it', (t) => {
  const piece = fc.oneof(
    fc.constantFrom('tcp ', 'port ', 'and ', '(', ')', 'flow ', '1', '-', '"', 'locality ', '[', '&', '= '),
    fc.string({ unit: 'binary', maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('');
      const mistake = filterMistake(text);
      return mistake === null || (mistake.position >= 0 && mistake.position <= text.length);
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

test('checking a long filter takes less than a key may', (t) => {
  const text = Array.from({ length: 50 }, (_, i) => `host 127.0.0.${i}`).join(' or ');
  const takenMs = Array.from({ length: 10 }, () => {
    const began = performance.now();
    filterMistake(text);
    return performance.now() - began;
  });
  t.true(Math.min(...takenMs) < 5, `${takenMs}`);
});
