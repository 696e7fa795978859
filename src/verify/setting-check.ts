/**
 * One question to the settings of a host, and the parts that its findings have in common.
 */
import { netnsPath } from '../capture/live-sockets.js';
import { shellWord } from '../format/shell-word.js';
import type { HostSettings } from '../host/host-settings.js';
import { type Finding, type Severity, settingEvidence } from './finding.js';

export interface SettingCheck {
  /** What is so when there are no findings: one line. */
  readonly whenFine: string;
  /** @returns [] when it is fine; null when that was not looked at, or there is nothing to look at */
  readonly find: (settings: HostSettings) => Finding[] | null;
}

/** Findings and evidence of one kind that are kept; hosts of containers have thousands of interfaces. */
const mostFindings = 100;
const mostEvidence = 5;

export interface SettingFacts {
  readonly id: string;
  readonly severity: Severity;
  readonly title: string;
  readonly interface?: string;
  /** As read. */
  readonly evidence: readonly string[];
  readonly fix: string;
}

export function settingFinding(facts: SettingFacts): Finding {
  const { id, severity, title, evidence, fix } = facts;
  return {
    id,
    severity,
    title,
    interface: facts.interface ?? '',
    evidence: evidence.slice(0, mostEvidence).map(settingEvidence),
    count: evidence.length,
    // Names of others may hold a line's end, and what follows would be read as a command of its own.
    fix: /[\r\n]/.test(fix) ? '' : fix,
  };
}

/** The first of them; how many there are more is a finding too. */
export function bounded(findings: Finding[]): Finding[] {
  if (findings.length <= mostFindings) return findings;
  const kept = findings.slice(0, mostFindings - 1);
  const { id, severity } = findings[mostFindings - 1];
  const left = findings.length - kept.length;
  const further = settingFinding({
    id,
    severity,
    title: `${left} further findings of this kind`,
    evidence: [],
    fix: '',
  });
  return [...kept, { ...further, count: left }];
}

/** Path of the namespace in commands that mend it. @param part of a watch among many, which knows it */
export function fixPathOf({ netns, part }: FixPlace): string | null {
  if (part !== undefined) return part.fixPath;
  return netns === null ? null : netnsPath(netns);
}

interface FixPlace {
  readonly netns: string | null;
  readonly part?: { readonly fixPath: string | null };
}

/** A command as it must be given to have its effect in a network namespace. */
export function commandIn(netns: string | null, command: string): string {
  if (netns === null || command === '') return command;
  const name = /^\/run\/netns\/([^/]+)$/.exec(netns)?.[1];
  const enter = name === undefined ? `nsenter --net=${shellWord(netns)}` : `ip netns exec ${shellWord(name)}`;
  return `${enter} ${command}`;
}
