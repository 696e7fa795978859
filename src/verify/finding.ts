/**
 * One thing that a check reports: how bad it is, where, what shows it, and what mends it. Plain data, which the records
 * publish as `findings` of `loscope.verdict/1` (`loscope.doctor/1` has the same).
 */

/** An error is a leak; a warning lets one happen; a note is worth knowing. */
export type Severity = 'error' | 'warning' | 'note';

/** What shows a finding: a frame, or a setting as it was read. */
export interface FindingEvidence {
  /** As read, `net.ipv4.conf.eth0.route_localnet = 1`; or what is odd of the frame; '' where the rest says all. */
  readonly text: string;
  /** Nanoseconds since the epoch; null for a setting. */
  readonly timeNs: bigint | null;
  /** Addresses as text; '' for a setting. */
  readonly src: string;
  readonly dst: string;
  /** From 1 in its capture, or 0. */
  readonly frame: number;
  /** The capture file of the frame; '' live and for a setting. */
  readonly file: string;
}

export interface Finding {
  /** Stable, for scripts: `leak-egress`, `leak-ingress`, `hairpin`, `setting-route-localnet` … */
  readonly id: string;
  readonly severity: Severity;
  /** One line. */
  readonly title: string;
  /** '' where it concerns the whole host. */
  readonly interface: string;
  /** Name of the network namespace where it was found; absent where one is checked, or it concerns all of them. */
  readonly netns?: string;
  /** The first few; `count` counts all. */
  readonly evidence: readonly FindingEvidence[];
  readonly count: number;
  /** Plain sentences: why it is so, or what to do that is no command; absent where the title says all. */
  readonly advice?: string;
  /** Commands for a shell of root, a line each; '' where there are none. */
  readonly fix: string;
}

/** What to do about something. */
export interface Advice {
  /** Plain sentences. */
  readonly text: string;
  /** For a shell of root, each by itself; [] where nothing on this host ends it. */
  readonly commands: readonly string[];
}

/** Evidence that is a setting's text. */
export function settingEvidence(text: string): FindingEvidence {
  return { text, timeNs: null, src: '', dst: '', frame: 0, file: '' };
}
