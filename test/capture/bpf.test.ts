import test from 'ava';
import { acceptAll, type BpfInstruction, cookedProgram, cutTo, packProgram } from '../../src/capture/bpf.js';

const load = (code: number, k: number): BpfInstruction => ({ code, jt: 0, jf: 0, k });
const ldHalf = 0x28;
const ldByte = 0x30;
const ldxMsh = 0xb1;
const ldIndHalf = 0x48;

test('a program for any asks the kernel for the fields of the cooked header, and moves the rest', (t) => {
  const program = [
    load(ldHalf, 0),
    load(0x20, 4),
    load(ldHalf, 8),
    load(ldByte, 10),
    load(ldByte, 29),
    load(ldxMsh, 20),
    load(ldIndHalf, 22),
    load(6, 100),
  ];
  t.deepEqual(
    cookedProgram(program)?.map(({ code, k }) => [code, k]),
    [
      [0x20, 0xfffff000],
      [0x20, 0xfffff008],
      [0x20, 0xfffff01c],
      [0x20, 0xfffff004],
      [ldByte, 9],
      [ldxMsh, 0],
      [ldIndHalf, 2],
      [6, 100],
    ],
  );
});

test('a program that reads the address of the cooked header cannot be moved', (t) => {
  t.is(cookedProgram([load(ldHalf, 12)]), null);
});

test('a program is packed as the kernel has it, and cut to the snaplen', (t) => {
  t.deepEqual([...packProgram([{ code: 0x15, jt: 1, jf: 2, k: 0x01020304 }])], [0x15, 0, 1, 2, 4, 3, 2, 1]);
  t.deepEqual(cutTo([load(6, 262144), load(6, 0)], 96), [load(6, 96), load(6, 0)]);
  t.deepEqual(acceptAll(96), [load(6, 96)]);
});
