/**
 * The line that text is typed on, and the completion of its words.
 */
import test from 'ava';
import fc from 'fast-check';
import { tcpStateName } from '../../src/flow/flow-record.js';
import { type EditedLine, edited, emptyLine, lineOf, typed } from '../../src/tui/edited-line.js';
import { type LineCommand, lineKeymap } from '../../src/tui/keymap.js';
import { completeWord } from '../../src/tui/word-completion.js';

/** The line with its cursor as `|`. */
const drawn = ({ text, cursor }: EditedLine) => `${text.slice(0, cursor)}|${text.slice(cursor)}`;
const at = (marked: string): EditedLine => {
  const cursor = marked.indexOf('|');
  return { text: marked.replace('|', ''), cursor };
};
/** Has no half of a character beyond U+FFFF. */
const isWhole = (text: string) => Buffer.from(text).toString() === text;
const edit = test.macro((t, from: string, command: LineCommand, to: string) => {
  t.is(drawn(edited(at(from), command)!), to);
});

test('a step to the left is a character', edit, 'tcp| port', 'left', 'tc|p port');
test('a character beyond U+FFFF is one step', edit, 'a😀|b', 'left', 'a|😀b');
test('a step to the right stops at the end', edit, 'tcp|', 'right', 'tcp|');
test('a step to the right is over the whole character', edit, '|😀b', 'right', '😀|b');
test('backspace erases before the cursor', edit, 'tcpp| port', 'erase-left', 'tcp| port');
test('backspace at the start erases nothing', edit, '|tcp', 'erase-left', '|tcp');
test('delete erases under the cursor', edit, 'tcp|p port', 'erase-right', 'tcp| port');
test('a word goes with the spaces after it', edit, 'tcp port  |80', 'erase-word', 'tcp |80');
test('all before the cursor goes', edit, 'tcp port |80', 'erase-before', '|80');
test('all from the cursor on goes', edit, 'tcp| port 80', 'erase-after', 'tcp|');

test('text goes in at the cursor, and never more than a line may hold', (t) => {
  t.is(drawn(typed(at('tcp |80'), 'port ')), 'tcp port |80');
  const full = lineOf('a'.repeat(65_537));
  t.deepEqual(typed(full, 'b'), full);
});

test('any editing leaves the cursor between two characters', (t) => {
  const commands = lineKeymap.map((one) => one.command);
  const step = fc.oneof(fc.constantFrom(...commands), fc.string({ unit: 'grapheme', maxLength: 2 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let line = emptyLine;
      for (const one of steps) {
        const command = commands.find((name) => name === one);
        line = command === undefined ? typed(line, one) : (edited(line, command) ?? line);
      }
      const { text, cursor } = line;
      if (cursor < 0 || cursor > text.length) return false;
      return isWhole(text) && isWhole(text.slice(0, cursor));
    }),
    { numRuns: 500 },
  );
  t.pass();
});

test('the only word that begins so is completed, with a space', (t) => {
  const { line, choices } = completeWord(at('tcp and ho|'));
  t.is(drawn(line), 'tcp and host |');
  t.deepEqual(choices, []);
  t.is(drawn(completeWord(at('(loc| leak)')).line), '(locality| leak)');
});

test('several words are completed as far as they agree, and offered', (t) => {
  const { line, choices } = completeWord(at('not por|'));
  t.is(drawn(line), 'not port|');
  t.deepEqual(choices, ['port', 'portrange']);
  const further = completeWord(at('tcp[13] & (tcp-f|'));
  t.is(drawn(further.line), 'tcp[13] & (tcp-fin |');
  t.true(completeWord(at('|')).choices.includes('icmp6'));
});

test('a word of our own is followed by the names that it takes', (t) => {
  t.is(drawn(completeWord(at('udp and locality le|')).line), 'udp and locality leak |');
  t.deepEqual(completeWord(at('state |')).choices, [...tcpStateName].filter((name) => name !== '').sort());
  t.deepEqual(completeWord(at('interface t|')), { line: at('interface t|'), choices: [] }, 'any name');
  t.is(drawn(completeWord(at('flow 12 an|')).line), 'flow 12 and |');
});

test('what no word begins with stays', (t) => {
  t.deepEqual(completeWord(at('x|')), { line: at('x|'), choices: [] });
  t.deepEqual(completeWord(at('gate|')), { line: at('gate|'), choices: [] }, 'which is always refused');
});
