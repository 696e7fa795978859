/**
 * One piece of evidence on one line, for every format that is read by people.
 */
import { formatRfc3339 } from '../format/time.js';
import { formatCount } from '../format/units.js';
import type { FindingEvidence } from '../verify/finding.js';

/** What a line is about, part by part: the frame, the time, the addresses, the rest; only those that there are. */
export function evidenceParts({ timeNs, src, dst, frame, file, text }: FindingEvidence): string[] {
  const where = frame === 0 ? '' : `${file} frame ${formatCount(frame)}`;
  const time = timeNs === null ? '' : formatRfc3339(timeNs);
  const addresses = src === '' && dst === '' ? '' : `${src} → ${dst}`;
  return [where, time, addresses, text].filter((part) => part !== '');
}
