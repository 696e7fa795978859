import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { Analyzer } from '../../src/analysis/analyzer.js';
import type { AnalyzerPort } from '../../src/analysis/port.js';
import { RemoteAnalyzer } from '../../src/analysis/remote-analyzer.js';
import type { AnalysisSpec } from '../../src/analysis/session.js';
import type { FilesSpec } from '../../src/analysis/source-spec.js';
import { CaptureError } from '../../src/capture/capture-error.js';
import { openCapture } from '../../src/capture/open-capture.js';
import { InterfaceRole } from '../../src/capture/source.js';
import { Locality } from '../../src/classify/locality.js';
import { pcapFile, someBytes } from '../capture/builders.js';
import { ownCaptures } from '../corpus.js';
import { plainOptions } from './analyze.js';

const retainBytes = 64 << 20;
const spoolBytes = 1 << 26;
const spec: AnalysisSpec = {
  hostAddresses: [],
  roles: new Map(),
  retainBytes,
  maxFrames: Number.POSITIVE_INFINITY,
  record: null,
};

function files(...paths: string[]): FilesSpec {
  return { kind: 'files', paths, engine: 'fast', follow: false, spoolBytes };
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'loscope-remote-'));
test.after.always(() => fs.rmSync(folder, { recursive: true }));

const workers: RemoteAnalyzer[] = [];
test.after.always(() => Promise.all(workers.map((remote) => remote.terminate())));

function started(graceMs?: number): RemoteAnalyzer {
  const remote = new RemoteAnalyzer(graceMs);
  workers.push(remote);
  return remote;
}

/** Everything that the port can be asked, as one value. */
async function answers(port: AnalyzerPort) {
  const rows = await port.rows(0, 500, {});
  const filter = { localities: [Locality.loopback, Locality.leak] };
  return {
    snapshot: await port.snapshot(),
    rows,
    filtered: await port.rows(1, 5, filter),
    ofFlow: await port.rows(0, 5, { flow: 1 }),
    index: await port.indexOf(3, filter),
    details: await Promise.all(rows.rows.map(({ number }) => port.detail(number))),
    missing: await port.detail(1_000_000),
    flows: await port.flows('bytes', true, 0, 100, {}),
  };
}

/** An analyzer in a worker that has read its sources to the end. */
async function finished(sources: FilesSpec, changed: Partial<AnalysisSpec> = {}) {
  const remote = started();
  const opened = await remote.open(sources, { ...spec, ...changed });
  const { ended } = await remote.start();
  return { remote, opened, outcome: await ended };
}

test.serial('every capture gives the same answers from a worker as from this thread', async (t) => {
  for (const file of ownCaptures()) {
    const { remote, opened, outcome } = await finished(files(file));
    const local = new Analyzer([await openCapture(file, 'fast', { follow: false, spoolBytes })], {
      ...plainOptions,
      retainBytes,
    });
    await local.run();
    t.deepEqual(opened, [{ name: file, format: local.sources[0].format, needsPrivilege: false }]);
    const [far, near] = [await answers(remote), await answers(local)];
    t.deepEqual(far, near, file);
    t.deepEqual(outcome.snapshot, near.snapshot);
    t.deepEqual(
      outcome.errors.map(({ message }) => message),
      local.errors.flatMap((error) => error?.message ?? []),
    );
    t.true(outcome.errors.every((error) => error instanceof CaptureError && error.isDamage));
    local.dispose();
    await remote.terminate();
  }
});

test.serial('what the user said crosses too', async (t) => {
  const [file] = ownCaptures().filter((name) => name.endsWith('self-addressed.pcap'));
  const { remote } = await finished(files(file), {
    hostAddresses: ['10.77.0.1/30'],
    roles: new Map([['*', InterfaceRole.wire]]),
    maxFrames: 2,
  });
  const { frames, sources, ownAddresses } = await remote.snapshot();
  t.is(frames, 2);
  t.is(sources[0].interfaces[0].role, InterfaceRole.wire);
  t.deepEqual(ownAddresses, ['10.77.0.1']);
  await remote.terminate();
});

test.serial('an error at opening crosses whole, and another attempt may follow', async (t) => {
  const remote = started();
  const error = await t.throwsAsync(remote.open(files(path.join(folder, 'none.pcap')), spec), {
    instanceOf: CaptureError,
  });
  t.like(error, { code: 'unreadable', what: 'no such file', advice: 'check the path', byte: -1 });
  t.regex(error.message, /none\.pcap: no such file \(check the path\)$/);
  const opened = await remote.open(files(ownCaptures()[0]), spec);
  t.is(opened.length, 1);
  await (await remote.start()).ended;
  await remote.terminate();
});

test.serial('a question that fails leaves the others and the run alone', async (t) => {
  const { remote } = await finished(files(ownCaptures()[0]));
  const wrong = t.throwsAsync(remote.rows(0, 1, { localities: 5 as never }));
  const right = remote.rows(0, 1, {});
  await wrong;
  t.is((await right).rows.length, 1);
  await remote.terminate();
});

test.serial('a worker that fails rejects what is asked of it, before and after', async (t) => {
  const { remote } = await finished(files(ownCaptures()[0]));
  const asked = remote.snapshot();
  await remote.terminate();
  await t.throwsAsync(asked.then(() => remote.snapshot()));
  await t.throwsAsync(remote.detail(1), { message: /thread ended/ });
  await t.notThrowsAsync(remote.close());
});

test.serial('news comes with the first frames and at the end, once between two looks', async (t) => {
  const file = path.join(folder, 'news.pcap');
  const records = Array.from({ length: 100_000 }, (_, i) => ({ data: someBytes(60), seconds: i }));
  fs.writeFileSync(file, pcapFile({}, records));
  const remote = started();
  let told = 0;
  remote.onNews(() => told++);
  await remote.open(files(file), spec);
  const { ended } = await remote.start();
  await ended;
  t.is(told, 2);
  t.is((await remote.snapshot()).frames, 100_000);
  await remote.terminate();
});

test.serial('a run is ended in the middle, and its outcome is what was read', async (t) => {
  const fifo = path.join(folder, 'fifo');
  execFileSync('mkfifo', [fifo]);
  const remote = started();
  const opening = remote.open(files(fifo), spec);
  const writer = fs.openSync(fifo, fs.constants.O_RDWR);
  fs.writeSync(writer, pcapFile({}, [{ data: someBytes(60) }, { data: someBytes(61) }]));
  await opening;
  const seen = new Promise<void>((resolve) => remote.onNews(resolve));
  await remote.start();
  await seen;
  const { outcome, isComplete } = await remote.finish();
  fs.closeSync(writer);
  t.true(isComplete);
  t.like(outcome.snapshot, { frames: 2, running: false });
  t.deepEqual(outcome.errors, []);
});

test.serial('a worker that does not stop is ended after the grace, with what it last told', async (t) => {
  const remote = started(0);
  await remote.open(files(ownCaptures()[0]), spec);
  await remote.start();
  const { frames } = await remote.snapshot();
  const { outcome, isComplete } = await remote.finish();
  t.true(isComplete || outcome.snapshot.frames === frames);
});
