import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { liveTest, sendHere } from './ring-lab.js';

const capturer = fileURLToPath(new URL('./ring-capturer.js', import.meta.url));
const leaver = fileURLToPath(new URL('./ring-leaver.js', import.meta.url));

function said(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

liveTest('a ring works in a worker', async (t) => {
  const port = 18781;
  const worker = new Worker(capturer, { workerData: { port, enough: 100 } });
  t.is(await said(worker), 'ready');
  const counted = said(worker);
  await sendHere(port, 100);
  t.is(await counted, 100);
  await worker.terminate();
});

liveTest('a worker that is terminated while it captures takes nothing down', async (t) => {
  const port = 18782;
  for (let i = 0; i < 5; i++) {
    const worker = new Worker(capturer, { workerData: { port, enough: 1e9 } });
    t.is(await said(worker), 'ready');
    const sending = sendHere(port, 2000);
    await new Promise((resolve) => setTimeout(resolve, 5 * i));
    t.is(await worker.terminate(), 1);
    await sending;
  }
});

const words = { making: 'made', open: 'open', freeing: 'freed' };
for (const during of ['making', 'open', 'freeing'] as const) {
  liveTest(`a worker that ends while its rings are ${words[during]} leaves none open`, async (t) => {
    const before = mappedRings();
    const worker = new Worker(leaver, { workerData: { during } });
    t.is(await new Promise((resolve) => worker.once('exit', resolve)), 7);
    t.deepEqual(mappedRings(), before);
  });
}

/** Rings that this process has mapped. */
function mappedRings(): number {
  return fs.readFileSync('/proc/self/maps', 'latin1').match(/socket:\[/g)?.length ?? 0;
}
