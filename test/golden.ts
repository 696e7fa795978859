/**
 * Golden files: plain text beside the tests, compared whole, rewritten by UPDATE_GOLDEN=1 and read in review.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { root } from './corpus.js';

/**
 * Compares text with the golden file.
 * @param name below test/, as in `goldens/x.txt`
 */
export function compareGolden(t: ExecutionContext, name: string, text: string): void {
  const file = path.join(root, 'test', name);
  if (process.env.UPDATE_GOLDEN === '1') {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
  if (!fs.existsSync(file)) {
    t.fail(`${name} does not exist: run UPDATE_GOLDEN=1 npm test and read it`);
    return;
  }
  t.is(text, fs.readFileSync(file, 'utf8'));
}
