/**
 * The program's version, from its package.json.
 */
import fs from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../capture/package-root.js';

export function packageVersion(): string {
  const manifest = fs.readFileSync(path.join(packageRoot(), 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
