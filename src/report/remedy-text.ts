/**
 * What to do about a finding, for every format that is read by people: a sentence, and each command on a line of its own, to
 * be copied as it is.
 */
import type { Finding } from '../verify/finding.js';

/** `advice: …` and `fix: …`, only those that there are. */
export function remedyLines({ advice = '', fix }: Finding): string[] {
  const commands = fix === '' ? [] : fix.split('\n');
  return [...(advice === '' ? [] : [`advice: ${advice}`]), ...commands.map((command) => `fix: ${command}`)];
}
