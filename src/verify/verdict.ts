/**
 * The answer of a check: what was watched, what was found, and what follows. A leak outweighs everything; without one,
 * whoever could not see all must not call it clean.
 */
import type { InterfaceRole } from '../capture/source.js';
import type { Finding } from './finding.js';

export const verdictExitCode = { clean: 0, leak: 1, blind: 3 } as const;
export type VerdictName = keyof typeof verdictExitCode;

/** One interface, live or of a capture, and how well it was seen. */
export interface Watched {
  readonly interface: string;
  /** '' live. */
  readonly file: string;
  readonly role: InterfaceRole;
  /** Frames that passed while it was watched: by its own counters live, the frames of a file; null where unknown. */
  readonly framesSeen: number | null;
  /** Frames that were looked at closer. */
  readonly framesMatched: number;
  readonly dropped: number | null;
  /** Findings that `--except` left out. */
  readonly excepted: number;
  /** Why it was not seen in whole; null where it was. */
  readonly blindBecause: string | null;
}

export interface Verdict {
  readonly verdict: VerdictName;
  readonly exitCode: number;
  readonly seconds: number;
  readonly watched: readonly Watched[];
  readonly findings: readonly Finding[];
  /** Why the whole check is blind, where that is not an interface's; null where it is not. */
  readonly blindBecause: string | null;
}

export interface Observations {
  readonly seconds: number;
  readonly watched: readonly Watched[];
  readonly findings: readonly Finding[];
  readonly blindBecause: string | null;
}

const orderOfSeverity = { error: 0, warning: 1, note: 2 } as const;

export function judge({ seconds, watched, findings, blindBecause }: Observations): Verdict {
  const isBlind = blindBecause !== null || watched.some((each) => each.blindBecause !== null);
  const hasLeak = findings.some(({ severity }) => severity === 'error');
  const verdict = hasLeak ? 'leak' : isBlind ? 'blind' : 'clean';
  const ordered = [...findings].sort((a, b) => orderOfSeverity[a.severity] - orderOfSeverity[b.severity]);
  return { verdict, exitCode: verdictExitCode[verdict], seconds, watched, findings: ordered, blindBecause };
}
