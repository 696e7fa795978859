/**
 * A worker that captures datagrams on lo and tells how many it saw.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { openRings } from '../../src/capture/open-ring.js';

const { port, enough } = workerData as { port: number; enough: number };
const source = await openRings({
  interfaces: ['lo'],
  filter: `udp dst port ${port}`,
  snapLen: 0,
  bufferBytes: 8 << 20,
  netns: null,
});
parentPort?.postMessage('ready');
let seen = 0;
for await (const batch of source) {
  seen += batch.count;
  batch.release();
  if (seen >= enough) break;
}
parentPort?.postMessage(seen);
