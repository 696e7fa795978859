/**
 * One frame that should not have been where it was, before it is joined with others to a finding.
 */
import type { LoopbackEnd, Place } from './describe-leak.js';
import type { FindingEvidence } from './finding.js';

export type Passage = 'egress' | 'ingress' | 'unknown';

/** By the probe: with a socket that was bound to a device, or to none. */
export type Provocation = 'not' | 'unbound' | 'bound';

export interface Sighting {
  /** Malformed: it announces IP or ARP and cannot be decoded. */
  readonly kind: 'leak' | 'hairpin' | 'malformed';
  readonly passage: Passage;
  readonly place: Place;
  readonly provoked: Provocation;
  /** Which of its addresses are loopback's; [] for what is no leak. */
  readonly ends: readonly LoopbackEnd[];
  /** The evidence tells the MAC address of who sent the frame. */
  readonly namesSender: boolean;
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

/** Sightings that were joined, as far as they are alike. */
export interface Seen {
  /** The first. */
  readonly sighting: Sighting;
  /** Of all of them. */
  readonly ends: ReadonlySet<LoopbackEnd>;
  readonly evidence: readonly FindingEvidence[];
  /** Frames that were returns of datagrams seen before. */
  readonly returns: number;
}
