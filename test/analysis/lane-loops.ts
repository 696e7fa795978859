/**
 * Every version of the fast lane's loop that runs here: the tests of the lane are about each of them.
 */
import type { MakeLaneLoop } from '../../src/analysis/fast-lane.js';
import { PortableLaneLoop } from '../../src/analysis/lane-loop.js';
import { NativeLaneLoop } from '../../src/analysis/native-lane-loop.js';
import { loadNative } from '../../src/capture/native.js';

export const laneLoops = new Map<string, MakeLaneLoop>([
  ['loop in TypeScript', (tables) => new PortableLaneLoop(tables)],
]);

const native = loadNative();
if (!('reason' in native)) laneLoops.set('loop in C', (tables) => new NativeLaneLoop(native, tables));
