/**
 * One frame that should not have been where it was, before it is joined with others to a finding.
 */
import type { Place } from './describe-leak.js';

export type Passage = 'egress' | 'ingress' | 'unknown';

/** By the probe: with a socket that was bound to a device, or to none. */
export type Provocation = 'not' | 'unbound' | 'bound';

export interface Sighting {
  readonly kind: 'leak' | 'hairpin';
  readonly passage: Passage;
  readonly place: Place;
  readonly provoked: Provocation;
  readonly interface: string;
  /** '' live. */
  readonly file: string;
}

/** What evidence says beside; made only for the first frames of a finding. */
export interface SightingDetail {
  readonly timeNs: bigint;
  readonly src: string;
  readonly dst: string;
  /** From 1 in its capture, or 0 live. */
  readonly frame: number;
  readonly text: string;
}
