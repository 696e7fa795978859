/**
 * Every capture of the corpus against its manifest, where the corpus is there.
 */
import fs from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { CaptureError } from '../../src/capture/capture-error.js';
import { openCapture } from '../../src/capture/open-capture.js';

const corpus = path.resolve('../shared/corpus');

/** Rows of the manifest that are not met, and why. */
const samples = 'PcapPlusPlus/Tests/Fuzzers/RegressionTests/regression_samples';
const nokia =
  'tshark guesses a Nokia pcap, with 20-byte record headers, because the records are damaged; tcpdump does not';
const exceptions: Record<string, [expected: string, why: string]> = {
  [`${samples}/clusterfuzz-testcase-minimized-FuzzTarget-5766899836387328`]: ['ok 1 4 538976288', nokia],
  [`${samples}/crash-exception-cast-constructed-record`]: ['corrupt 2 518 518', nokia],
  [`${samples}/igmplayer`]: ['corrupt 2 129 136', nokia],
  [`${samples}/crash-null-deref-pcapng-shb`]: [
    'unsupported 0 0 0',
    'neither pcap nor pcapng: tshark takes it for a damaged CommView file',
  ],
};

/** `container frames capturedBytes originalBytes`, as the manifest has them. */
async function told(file: string): Promise<string> {
  let frames = 0;
  let captured = 0;
  let original = 0;
  let container = 'ok';
  try {
    const source = await openCapture(file, 'fast');
    try {
      for await (const batch of source) {
        frames += batch.count;
        for (let index = 0; index < batch.count; index++) {
          captured += batch.capLen[index];
          original += batch.origLen[index];
        }
        batch.release();
      }
    } finally {
      await source.close();
    }
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    container = error.code === 'not-a-capture' ? 'unsupported' : error.code;
  }
  return `${container} ${frames} ${captured} ${original}`;
}

test('every capture of the corpus reads as its manifest says', async (t) => {
  if (!fs.existsSync(corpus)) {
    t.log('skipped: there is no corpus beside the repository');
    t.pass();
    return;
  }
  const rows = fs.readFileSync(path.join(corpus, 'manifest.tsv'), 'utf8').trim().split('\n').slice(1);
  const mismatches: string[] = [];
  for (const row of rows) {
    const [file, container, , frames, captured, original] = row.split('\t');
    const expected = exceptions[file]?.[0] ?? `${container} ${frames} ${captured} ${original}`;
    const seen = await told(path.join(corpus, 'files', file));
    if (seen !== expected) mismatches.push(`${file}: ${seen} instead of ${expected}`);
  }
  t.log(`${rows.length} files, ${Object.keys(exceptions).length} of them with a reason to differ`);
  t.deepEqual(mismatches, []);
});

const edges: Record<string, string> = {
  'cap_262145.pcap': 'corrupt 0 0 0',
  'cap_gt_len.pcap': 'ok 1 64 10',
  'empty0.pcap': 'unsupported 0 0 0',
  'esc.pcap': 'ok 3',
  'hdr10.pcap': 'unsupported 0 0 0',
  'hdronly.pcap': 'ok 0 0 0',
  'huge_cap.pcap': 'corrupt 0 0 0',
  'snap0.pcap': 'ok 1 60 60',
  'snap_small.pcap': 'ok 1 100 100',
  'trunc_data.pcap': 'truncated 2',
  'trunc_hdr.pcap': 'truncated 2',
  'usec_2e6.pcap': 'ok 1 60 60',
  'zerocap.pcap': 'ok 1 0 64',
  'zerolen.pcap': 'ok 1 0 0',
  'ng_badif.pcapng': 'corrupt 1 60 60',
  'ng_caplen_gt_block.pcapng': 'corrupt 1 60 60',
  'ng_hugeblock.pcapng': 'corrupt 0 0 0',
  'ng_len11.pcapng': 'corrupt 0 0 0',
  'ng_lenmismatch.pcapng': 'corrupt 1 60 60',
  'ng_multilink.pcapng': 'ok 2',
  'ng_noidb.pcapng': 'corrupt 0 0 0',
  'ng_ok.pcapng': 'ok 1 60 60',
  'ng_trunc.pcapng': 'truncated 0 0 0',
  'ng_tworesol.pcapng': 'ok 1 60 60',
  'ng_unknownblk.pcapng': 'ok 1 60 60',
};

test('every hand-made container case reads as most tools read it', async (t) => {
  if (!fs.existsSync(corpus)) {
    t.log('skipped: there is no corpus beside the repository');
    t.pass();
    return;
  }
  const mismatches: string[] = [];
  for (const [file, expected] of Object.entries(edges)) {
    const seen = await told(path.join(corpus, 'edge', file));
    if (!`${seen} `.startsWith(`${expected} `)) mismatches.push(`${file}: ${seen} instead of ${expected}`);
  }
  t.deepEqual(mismatches, []);
});
