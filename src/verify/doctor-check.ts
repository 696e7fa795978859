/**
 * One line of `loscope doctor`: what was looked at, and what came of it.
 */
import { type Finding, type FindingEvidence, settingEvidence } from './finding.js';

/** `blind`: it could not be looked at, or the program cannot capture. */
export type CheckState = 'ok' | 'note' | 'warning' | 'blind';

export interface DoctorCheck {
  /** `program`, `loopback`, `routes` … */
  readonly theme: string;
  readonly state: CheckState;
  /** One line. */
  readonly title: string;
  /** null where all is well. */
  readonly finding: Finding | null;
}

export interface DoctorReport {
  /** Path of the network namespace that was examined, or null for the program's own. */
  readonly netns: string | null;
  readonly checks: readonly DoctorCheck[];
}

export function fine(theme: string, title: string): DoctorCheck {
  return { theme, state: 'ok', title, finding: null };
}

export interface Trouble {
  readonly id: string;
  readonly title: string;
  /** As read. */
  readonly evidence?: readonly string[];
  readonly advice?: string;
  readonly fix: string;
}

export function trouble(
  theme: string,
  state: Exclude<CheckState, 'ok'>,
  { evidence = [], ...facts }: Trouble,
): DoctorCheck {
  const texts: readonly FindingEvidence[] = evidence.map(settingEvidence);
  const severity = state === 'note' ? 'note' : 'warning';
  const finding = { ...facts, severity, interface: '', evidence: texts, count: texts.length } as const;
  return { theme, state, title: facts.title, finding };
}

export function checkOf(theme: string, finding: Finding): DoctorCheck {
  const state = finding.id === 'setting-unseen' ? 'blind' : finding.severity === 'note' ? 'note' : 'warning';
  return { theme, state, title: finding.title, finding };
}
