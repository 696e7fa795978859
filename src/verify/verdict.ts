/**
 * The answer of a check: what was watched, what was found, and what follows. A leak outweighs everything; without one,
 * whoever could not see all must not call it clean.
 */
import type { InterfaceRole } from '../capture/source.js';
import type { Canary } from './canary.js';
import type { CopyCounts } from './copy-counts.js';
import type { Finding } from './finding.js';
import type { ProbeResult } from './probe-result.js';

export const verdictExitCode = { clean: 0, leak: 1, blind: 3 } as const;
export type VerdictName = keyof typeof verdictExitCode;

/** One interface, live or of a capture, and how well it was seen. */
export interface Watched {
  /** '' for a network namespace that was not seen in whole for a reason that is no interface's. */
  readonly interface: string;
  /** Name of its network namespace; absent where one is checked. */
  readonly netns?: string;
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
  /** It was down all the time, so that nothing could pass. */
  readonly isDown: boolean;
  /** Why it was not seen in whole; null where it was. */
  readonly blindBecause: string | null;
}

/** What a check saw. */
export interface Observations {
  readonly seconds: number;
  readonly watched: readonly Watched[];
  readonly findings: readonly Finding[];
  /** Why the whole check is blind, where that is not an interface's; null where it is not. */
  readonly blindBecause: string | null;
  /** Whether a frame that leaks was sent on purpose and seen; null over captures. */
  readonly canary: Canary['state'] | null;
  /** Of own broadcasts and multicasts; null over captures, and where none could be counted. */
  readonly copies: CopyCounts | null;
  /** What came of `--probe`; null where it was not asked for. */
  readonly probe: ProbeResult | null;
  /** Of `--all-netns`; absent where one network namespace is checked. */
  readonly namespaces?: readonly CheckedNamespace[];
}

/** A network namespace as it is named in a report. */
export interface CheckedNamespace {
  /** For people, and unlike all others: a name of ip-netns(8), a container, or a process. */
  readonly netns: string;
  /** By which it could be entered. */
  readonly path: string;
  readonly inode: number;
  /** 0 where it had no process. */
  readonly pid: number;
  readonly command: string;
  readonly container: { readonly runtime: string; readonly id: string; readonly pod: string } | null;
  readonly copies: CopyCounts | null;
}

/** What follows from it. */
export interface Verdict extends Observations {
  readonly verdict: VerdictName;
  readonly exitCode: number;
}

const orderOfSeverity = { error: 0, warning: 1, note: 2 } as const;

/** Was there nothing that could be watched? What is told of it says all, whatever else could not be done. */
export function sawNothing(watched: readonly Watched[]): boolean {
  return watched.every(
    ({ file, dropped, blindBecause }) => file === '' && dropped === null && blindBecause !== null,
  );
}

/** @param interruption exit code of the signal that ended the check, or 0 */
export function judge(seen: Observations, interruption = 0): Verdict {
  const isBlind = seen.blindBecause !== null || seen.watched.some((each) => each.blindBecause !== null);
  const hasLeak = seen.findings.some(({ severity }) => severity === 'error');
  const verdict = hasLeak ? 'leak' : isBlind ? 'blind' : 'clean';
  const findings = [...seen.findings].sort(
    (a, b) => orderOfSeverity[a.severity] - orderOfSeverity[b.severity],
  );
  return { ...seen, findings, verdict, exitCode: interruption || verdictExitCode[verdict] };
}
