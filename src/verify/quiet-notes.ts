/**
 * Where nothing passed, nothing leaked, and little was tried: said once, of the interfaces that carried no frame.
 */
import { InterfaceRole } from '../capture/source.js';
import { type Finding, settingEvidence } from './finding.js';
import type { Watched } from './verdict.js';

/** Interfaces that the note names. */
const mostNamed = 5;

export function quietNotes(watched: readonly Watched[]): Finding[] {
  const quiet = watched.filter(
    ({ framesSeen, blindBecause, role, isDown }) =>
      framesSeen === 0 && blindBecause === null && role !== InterfaceRole.loopback && !isDown,
  );
  if (quiet.length === 0) return [];
  const names = quiet.map(({ interface: name, file, netns = '' }) =>
    [netns, file, name].filter((part) => part !== '').join(' '),
  );
  return [
    {
      id: 'nothing-sent',
      severity: 'note',
      title: 'nothing passed on interfaces that were watched',
      interface: '',
      evidence: names.slice(0, mostNamed).map(settingEvidence),
      count: names.length,
      advice: 'They were seen all the time. Let what may leak run meanwhile, to see that it does not.',
      fix: '',
    },
  ];
}
