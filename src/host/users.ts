/**
 * Names of users by their numbers, from passwd(5). Users that only a directory service knows keep their numbers.
 */
import fs from 'node:fs';

/** A file of a directory's copy may be long; a number's first name counts. */
export function readUserNames(file = '/etc/passwd'): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const [, name, uid] of readText(file).matchAll(/^([^:\n]+):[^:\n]*:(\d{1,10}):/gm)) {
    if (!names.has(Number(uid))) names.set(Number(uid), name);
  }
  return names;
}

function readText(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
