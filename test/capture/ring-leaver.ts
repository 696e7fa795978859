/**
 * A worker that ends while its rings are made, are open, or are freed.
 */
import process from 'node:process';
import { workerData } from 'node:worker_threads';
import { openRings } from '../../src/capture/open-ring.js';

const { during } = workerData as { during: 'making' | 'open' | 'freeing' };
const options = { interfaces: ['lo'], filter: 'udp port 9', snapLen: 100, bufferBytes: 1 << 20, netns: null };
const making = Array.from({ length: 16 }, () => openRings(options));
if (during === 'making') process.exit(7);
const sources = await Promise.all(making);
if (during === 'open') process.exit(7);
for (const source of sources) void source.close();
process.exit(7);
