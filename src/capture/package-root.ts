/**
 * Where the program is installed: the folder with bin/loscope, above this file whether it is bundled or not.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export function packageRoot(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!fs.existsSync(path.join(folder, 'bin', 'loscope'))) folder = path.dirname(folder);
  return folder;
}
