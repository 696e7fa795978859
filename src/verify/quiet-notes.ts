/**
 * To see nothing where nothing was sent proves little: said of each interface that carried no frame.
 */
import { InterfaceRole } from '../capture/source.js';
import type { Finding } from './finding.js';
import type { Watched } from './verdict.js';

export function quietNotes(watched: readonly Watched[]): Finding[] {
  const quiet = watched.filter(
    ({ framesSeen, blindBecause, role }) =>
      framesSeen === 0 && blindBecause === null && role !== InterfaceRole.loopback,
  );
  return quiet.map(({ interface: name, file }) => ({
    id: 'nothing-sent',
    severity: 'note',
    title: `nothing was sent or received on ${name === '' ? file : name} while it was watched`,
    interface: name,
    evidence: [],
    count: 0,
    fix: 'let what may leak run while it is watched',
  }));
}
