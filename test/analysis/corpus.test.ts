import { execFile } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { isCorpusHere } from '../corpus.js';

const most = 256 << 20;

/** Files whose difference from the manifest lies within its oddFrames, and why. */
const explained: Record<string, string> = {};

interface CorpusResult {
  readonly files: number;
  readonly wrong: Readonly<Record<string, string>>;
  readonly maxResidentBytes: number;
}

test('every file of the corpus has the frames, bytes and protocols that other analyzers count', async (t) => {
  if (!isCorpusHere) {
    t.log('skipped: the corpus is not here');
    t.pass();
    return;
  }
  const script = fileURLToPath(new URL('./corpus-run.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script], { maxBuffer: 1 << 24 });
  const { files, wrong, maxResidentBytes } = JSON.parse(stdout) as CorpusResult;
  t.log(`${files} files, at most ${Math.round(maxResidentBytes / (1 << 20))} MiB resident`);
  const unexplained = Object.entries(wrong).filter(([file]) => !(file in explained));
  t.deepEqual(Object.fromEntries(unexplained), {});
  t.true(maxResidentBytes < most);
});
