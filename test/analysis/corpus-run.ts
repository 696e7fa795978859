/**
 * Reads every file of the corpus in a process of its own, so that its memory is that of the program and not of
 * the tests beside it. Prints one JSON object: what differs from the manifest, and the most memory held.
 */
import process from 'node:process';
import { CaptureError } from '../../src/capture/capture-error.js';
import { corpusRows, type ManifestRow } from '../corpus.js';
import { analyze } from './analyze.js';

const protocols = ['ipv4', 'ipv6', 'arp', 'tcp', 'udp', 'icmp', 'icmpv6', 'igmp', 'sctp', 'other'] as const;
const compared = ['frames', 'capturedBytes', 'originalBytes', ...protocols];

/** What is wrong with the summary of one file, or null. */
async function mismatch(row: ManifestRow): Promise<string | null> {
  const { summary, error } = await analyze(row.path);
  if (row.container === 'unsupported')
    return error?.code === 'not-a-capture' ? null : 'opened, though unsupported';
  const found: Record<string, number> = {
    frames: summary.frames,
    capturedBytes: summary.capturedBytes,
    originalBytes: summary.originalBytes,
    ...summary.protocols,
  };
  const wrong = compared
    .filter((name) => found[name] !== row.counts[name])
    .map((name) => `${name} ${found[name]} not ${row.counts[name]}`);
  const isDamaged = row.container === 'truncated' || row.container === 'corrupt';
  if (isDamaged !== (error?.isDamage ?? false)) wrong.push(error?.message ?? 'read as complete');
  const judged = summary.localities.reduce((sum, { frames }) => sum + frames, 0);
  if (judged !== summary.frames) wrong.push(`localities add up to ${judged}`);
  return wrong.length === 0 ? null : `${row.container}, odd ${row.counts.oddFrames}: ${wrong.join(', ')}`;
}

async function check(row: ManifestRow): Promise<string | null> {
  try {
    return await mismatch(row);
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    return row.container === 'unsupported' ? null : error.message;
  }
}

const wrong: Record<string, string> = {};
const rows = corpusRows();
for (const row of rows) {
  const found = await check(row);
  if (found !== null) wrong[row.path.slice(row.path.indexOf('/files/') + '/files/'.length)] = found;
}
const maxResidentBytes = process.resourceUsage().maxRSS * 1024;
process.stdout.write(JSON.stringify({ files: rows.length, wrong, maxResidentBytes }));
