/**
 * Network namespaces that are there and that this user may not see: of services, containers, or others' processes.
 */
import process from 'node:process';
import { plural } from '../format/units.js';
import { type Finding, settingEvidence } from './finding.js';

/** Processes that are named. */
const mostNames = 5;

export function hiddenTitle(hidden: readonly string[]): string {
  return `${plural(hidden.length, 'network namespace')} of other processes cannot be looked into`;
}

/** @param hidden a process of each */
export function hiddenNotes(hidden: readonly string[]): Finding[] {
  if (hidden.length === 0) return [];
  return [
    {
      id: 'namespaces-unseen',
      severity: 'note',
      title: hiddenTitle(hidden),
      interface: '',
      evidence: hidden.slice(0, mostNames).map(settingEvidence),
      count: hidden.length,
      advice: howToSee(),
      fix: '',
    },
  ];
}

/** Root in a container may lack the capabilities. */
export function howToSee(): string {
  return process.getuid?.() === 0 ? 'Run with cap_sys_admin and cap_sys_ptrace.' : 'Run as root.';
}
