/**
 * The program's version, from its package.json.
 */
import fs from 'node:fs';

export function packageVersion(): string {
  const manifest = fs.readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
