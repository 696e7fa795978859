/**
 * Observes copies until it is killed, with a table that has no owner, as on a kernel before 5.12:
 * `node hold-copies.js NAMESPACE`. Says the table's name once it is there.
 */
import type { CopiesSource } from '../../src/capture/copies-source.js';
import { openCopies } from '../../src/capture/open-copies.js';

const source = openCopies({ netns: process.argv[2], snapLen: 0, bufferBytes: 1 << 20, mayOwn: false });
process.stdout.write(`${(source as CopiesSource).table.name}\n`);
for await (const batch of source) batch.release();
