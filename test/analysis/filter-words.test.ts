import fs from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { Analyzer } from '../../src/analysis/analyzer.js';
import type { BatchObserver } from '../../src/analysis/batch-observer.js';
import { vocabulary } from '../../src/analysis/filter-words.js';
import { type Summary, summarize } from '../../src/analysis/summary.js';
import { evidenceName, localityName } from '../../src/classify/locality.js';
import { stopName } from '../../src/decode/layer.js';
import { FrameFilter } from '../../src/filter/frame-filter.js';
import { tcpStateName } from '../../src/flow/flow-record.js';
import { ownCaptures } from '../corpus.js';
import { plainOptions } from './analyze.js';
import { openFile } from './sources.js';

interface Selected {
  readonly summary: Summary;
  readonly numbers: readonly number[];
  readonly flows: readonly number[];
}

/** A capture through a filter. @param most bytes that a read brings */
async function select(
  file: string,
  text: string,
  { most = 1 << 16, maxFrames = Number.POSITIVE_INFINITY } = {},
): Promise<Selected> {
  const filter = text === '' ? null : new FrameFilter(text, vocabulary);
  const analyzer = new Analyzer([await openFile(file, path.basename(file), most)], {
    ...plainOptions,
    maxFrames,
    filter,
  });
  const numbers: number[] = [];
  const flows: number[] = [];
  const observer: BatchObserver = {
    wantsColumns: true,
    onBatch(source, { count }) {
      for (let i = 0; i < count; i++) {
        numbers.push(filter === null ? numbers.length + 1 : filter.numbers[i]);
        flows.push(analyzer.currentRow(source, i, 1).flow);
      }
    },
    onEnd() {},
  };
  await analyzer.run([observer]);
  return { summary: await summarize(analyzer), numbers, flows };
}

/** Small ones of every kind. */
const captures = ownCaptures().filter((file) => fs.statSync(file).size < 200_000 && !file.endsWith('.gz'));

test('each verdict, evidence and stop selects as many frames as a summary counts of it', async (t) => {
  for (const file of captures) {
    const { summary } = await select(file, '');
    const counts: [string, readonly string[], readonly number[]][] = [
      ['locality', localityName, summary.localities.map(({ frames }) => frames)],
      ['evidence', evidenceName, summary.evidence],
      ['stop', stopName, summary.stops],
    ];
    for (const [word, names, frames] of counts) {
      for (const [i, name] of names.entries()) {
        const found = await select(file, `${word} ${name}`);
        t.is(found.summary.frames, frames[i], `${word} ${name} of ${file}`);
        t.is(found.numbers.length, frames[i]);
      }
    }
  }
});

test('what is left out and what is left add up, in every count', async (t) => {
  for (const file of captures) {
    const { summary: all } = await select(file, '');
    const { summary: some } = await select(file, 'locality loopback or self-addressed');
    const { summary: others } = await select(file, 'not (locality loopback or self-addressed)');
    t.is(some.frames + others.frames, all.frames);
    t.is(some.originalBytes + others.originalBytes, all.originalBytes);
    t.is(some.protocols.tcp + others.protocols.tcp, all.protocols.tcp);
    const bytesOf = ({ topFlows }: Summary) =>
      topFlows.reduce((sum, { forward, reverse }) => sum + forward.originalBytes + reverse.originalBytes, 0);
    if (all.flows.total <= 20) t.is(bytesOf(some) + bytesOf(others), bytesOf(all), file);
  }
});

test('a flow’s number selects its packets, and they keep it', async (t) => {
  for (const file of captures) {
    const { flows } = await select(file, '');
    for (const id of new Set(flows)) {
      if (id === 0) continue;
      const found = await select(file, `flow ${id}`);
      t.deepEqual(
        found.flows,
        flows.filter((flow) => flow === id),
        `flow ${id} of ${file}`,
      );
      t.deepEqual(
        found.summary.topFlows.map((flow) => flow.id),
        [id],
      );
      t.deepEqual(
        found.numbers,
        flows.flatMap((flow, i) => (flow === id ? [i + 1] : [])),
      );
    }
  }
});

test('every TCP packet has one state, whatever the size of batches', async (t) => {
  const states = tcpStateName.filter((name) => name !== '');
  for (const file of captures) {
    const { summary } = await select(file, 'tcp');
    const found = new Set<number>();
    for (const state of states) {
      const { numbers } = await select(file, `state ${state}`);
      t.deepEqual(
        (await select(file, `state ${state}`, { most: 100 })).numbers,
        numbers,
        `${state} of ${file}`,
      );
      for (const number of numbers) {
        t.false(found.has(number));
        found.add(number);
      }
    }
    if (summary.stops[1] === 0 && summary.stops[4] === 0) t.true(found.size >= summary.protocols.tcp, file);
  }
});

test('a handshake’s states are those that each packet leaves', async (t) => {
  const file = captures.find((name) => name.includes('tcp-handshake'))!;
  const of = async (state: string) => (await select(file, `state ${state}`)).numbers;
  t.deepEqual(await of('syn-sent'), [1]);
  t.deepEqual(await of('syn-received'), [2]);
  t.deepEqual(await of('established'), [3, 4, 5]);
  t.deepEqual(await of('closing'), [6]);
  t.deepEqual(await of('closed'), [7, 8]);
});

test('frame numbers are those of the file, and a count ends after so many that were selected', async (t) => {
  const file = captures.find((name) => name.includes('tcp-handshake'))!;
  t.deepEqual((await select(file, 'frame 3-5 or 8')).numbers, [3, 4, 5, 8]);
  t.deepEqual((await select(file, 'state established', { maxFrames: 2 })).numbers, [3, 4]);
  t.deepEqual((await select(file, 'locality loopback and frame 2-7', { maxFrames: 3 })).numbers, [2, 3, 4]);
  t.is((await select(file, 'locality leak')).summary.firstTimeNs, null);
});

test('time and interface select by what the capture notes', async (t) => {
  const file = captures.find((name) => name.includes('two-interfaces'))!;
  const lo = await select(file, 'interface lo');
  const eth0 = await select(file, 'interface eth0');
  t.is(lo.summary.frames + eth0.summary.frames, (await select(file, '')).summary.frames);
  t.true(lo.summary.frames > 0 && eth0.summary.frames > 0);
  const before = await select(file, 'time < "05:18:47"');
  const after = await select(file, 'time >= "2026-11-22T05:18:47Z"');
  t.is(before.summary.frames + after.summary.frames, lo.summary.frames + eth0.summary.frames);
  t.true(before.summary.frames > 0 && after.summary.frames > 0);
  const plain = captures.find((name) => name.includes('tcp-reset'))!;
  t.is(
    (await select(plain, `interface "${path.basename(plain)}"`)).summary.frames,
    (await select(plain, '')).summary.frames,
  );
});
