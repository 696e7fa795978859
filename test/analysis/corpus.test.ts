import test from 'ava';
import { CaptureError } from '../../src/capture/capture-error.js';
import { corpusRows, isCorpusHere, type ManifestRow } from '../corpus.js';
import { analyze } from './analyze.js';

const maxResidentBytes = 256 << 20;
const protocols = ['ipv4', 'ipv6', 'arp', 'tcp', 'udp', 'icmp', 'icmpv6', 'igmp', 'sctp', 'other'] as const;

/** What is wrong with the summary of one file, or null. */
async function mismatch(row: ManifestRow): Promise<string | null> {
  try {
    const { summary, error } = await analyze(row.path);
    const found: Record<string, number> = {
      frames: summary.frames,
      capturedBytes: summary.capturedBytes,
      originalBytes: summary.originalBytes,
      ...summary.protocols,
    };
    const names = ['frames', 'capturedBytes', 'originalBytes', ...protocols];
    const wrong = names.filter((name) => found[name] !== row.counts[name]);
    const isDamaged = row.container === 'truncated' || row.container === 'corrupt';
    if (isDamaged !== (error?.isDamage ?? false)) wrong.push(`container: ${error?.message ?? 'complete'}`);
    const locality = summary.localities.reduce((sum, { frames }) => sum + frames, 0);
    if (locality !== summary.frames) wrong.push(`localities add up to ${locality}`);
    if (wrong.length === 0) return null;
    const pairs = wrong.map((name) => `${name} ${found[name]} not ${row.counts[name]}`);
    return `${row.path} (${row.container}, odd ${row.counts.oddFrames}): ${pairs.join(', ')}`;
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    return row.container === 'unsupported' ? null : `${row.path}: ${error.message}`;
  }
}

test('every file of the corpus has the frames, bytes and protocols that other analyzers count', async (t) => {
  if (!isCorpusHere) {
    t.log('skipped: the corpus is not here');
    t.pass();
    return;
  }
  const wrong: string[] = [];
  let resident = 0;
  for (const row of corpusRows()) {
    const found = await mismatch(row);
    if (found !== null) wrong.push(found);
    resident = Math.max(resident, process.memoryUsage.rss());
  }
  t.log(`${corpusRows().length} files, at most ${Math.round(resident / (1 << 20))} MiB resident`);
  t.deepEqual(wrong, []);
  t.true(resident < maxResidentBytes);
});
