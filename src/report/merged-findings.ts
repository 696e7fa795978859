/**
 * What many network namespaces have in common, told once: containers are made alike, and so are their settings. For text
 * alone; a leak stands by itself, and the records keep every finding.
 */
import { shortList } from '../format/short-list.js';
import { formatCount } from '../format/units.js';
import { type Finding, settingEvidence } from '../verify/finding.js';

/** More commands would drown the rest. */
const mostCommands = 4;

/** Each where the first of its kind stands. A merged one has the names of the namespaces before its evidence. */
export function mergeFindings(findings: readonly Finding[]): Finding[] {
  const kinds = new Map<string, Finding[]>();
  for (const [i, finding] of findings.entries()) {
    const kind = kindOf(finding) ?? `${i}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), finding]);
  }
  return [...kinds.values()].flatMap((alike) => {
    const namespaces = [...new Set(alike.flatMap(({ netns }) => netns ?? []))];
    return namespaces.length < 2 ? alike : [merged(alike, namespaces)];
  });
}

/** What those that are told together have in common; of notes the evidence is left out. */
function kindOf({ netns, severity, id, title, advice, evidence }: Finding): string | null {
  if (netns === undefined || severity === 'error') return null;
  if (evidence.some(({ timeNs }) => timeNs !== null)) return null;
  const shown = severity === 'note' ? [] : evidence.map(({ text }) => text);
  return JSON.stringify([severity, id, title, advice, ...shown]);
}

function merged(alike: readonly Finding[], namespaces: readonly string[]): Finding {
  const [first] = alike;
  const commands = [...new Set(alike.flatMap(({ fix }) => (fix === '' ? [] : fix.split('\n'))))];
  return {
    ...first,
    netns: `${formatCount(namespaces.length)} network namespaces`,
    evidence: [settingEvidence(shortList(namespaces)), ...(first.severity === 'note' ? [] : first.evidence)],
    fix: commands.length > mostCommands ? '' : commands.join('\n'),
  };
}
