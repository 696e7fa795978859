/**
 * What became of the attempts of a probe, and what is to be said of it beside the leaks that the watch found.
 */
import { formatCount } from '../format/units.js';
import { type Finding, settingEvidence } from './finding.js';
import { unanswered } from './icmp-error.js';
import { type Attempt, describeAttempt } from './probe-plan.js';
import { isSent, type MadeAttempt, type ProbeTrace } from './probe-trace.js';
import { commandIn } from './setting-check.js';

/**
 * `refused` by the kernel or a rule; `stayed`: sent, seen on loopback, and on no wire that was watched; `leaked`: seen on a wire;
 * `unanswered`: taken for a neighbour's on a wire, where nobody answered for it, so that it did not leave; `lost`: sent, and
 * seen nowhere; `unmade`: the attempt itself could not be made, so that it shows nothing.
 */
export type ProbeOutcome = 'stayed' | 'refused' | 'leaked' | 'unanswered' | 'lost' | 'unmade';

export interface ProbedAttempt {
  readonly protocol: Attempt['protocol'];
  readonly to: string;
  /** '' where the kernel chose it. */
  readonly from: string;
  /** '' for a socket that was bound to none. */
  readonly device: string;
  readonly outcome: ProbeOutcome;
  /** `sendto EINVAL`, the call that failed and why; `ICMP error 3/13`, what was returned; '' where neither. */
  readonly error: string;
  /** Interfaces that it was seen on. */
  readonly seenOn: readonly string[];
}

export interface ProbeResult {
  readonly attempts: readonly ProbedAttempt[];
  /** Attempts that were not made, because of their number or the end of the time. */
  readonly leftOut: number;
  /** Why there are no attempts, or no more of them; null where nothing went wrong. */
  readonly unmadeBecause: string | null;
}

/** A probe that could not begin. */
export function unmadeProbe(because: string): ProbeResult {
  return { attempts: [], leftOut: 0, unmadeBecause: because };
}

export function resultOf(trace: ProbeTrace, leftOut: number, unmadeBecause: string | null): ProbeResult {
  const attempts = trace.made.map((made) => {
    const { protocol, to, from, device } = made.attempt;
    const seenOn = isSent(made) ? trace.reached(made) : [];
    const outcome = seenOn.length > 0 ? 'leaked' : outcomeOf(made);
    const error = errorOf(made, outcome);
    return { protocol, to, from, device, outcome, error, seenOn };
  });
  return { attempts, leftOut, unmadeBecause };
}

/** A failure of these is the kernel's word on the route; of others, and for want of memory, it is no word at all. */
const telling = ['bind', 'connect', 'sendto'];
const wanting = ['ENOBUFS', 'ENOMEM', 'EAGAIN'];

function errorOf(made: MadeAttempt, outcome: ProbeOutcome): string {
  if (!isSent(made)) return made.outcome;
  return outcome === 'refused' || outcome === 'unanswered' ? made.returned : '';
}

function outcomeOf(made: MadeAttempt): ProbeOutcome {
  if (isSent(made)) {
    if (made.hasStayed) return 'stayed';
    if (made.returned === '') return 'lost';
    return made.returned === unanswered ? 'unanswered' : 'refused';
  }
  const [call, error] = made.outcome.split(' ');
  return telling.includes(call) && !wanting.includes(error) ? 'refused' : 'unmade';
}

export function countOutcome({ attempts }: ProbeResult, outcome: ProbeOutcome): number {
  return attempts.filter((each) => each.outcome === outcome).length;
}

/** `42 attempts: 30 stayed on loopback, 12 refused by the kernel, 0 reached a wire`. */
export function summarizeProbe(probe: ProbeResult): string {
  const count = (outcome: ProbeOutcome): string => formatCount(countOutcome(probe, outcome));
  const rest = (['unanswered', 'lost', 'unmade'] as const).filter(
    (outcome) => countOutcome(probe, outcome) > 0,
  );
  const words = {
    unanswered: 'waited for a neighbour in vain',
    lost: 'got nowhere',
    unmade: 'could not be made',
  };
  const parts = [
    `${count('stayed')} stayed on loopback`,
    `${count('refused')} refused by the kernel`,
    `${count('leaked')} reached a wire`,
    ...rest.map((outcome) => `${count(outcome)} ${words[outcome]}`),
    ...(probe.leftOut > 0 ? [`${formatCount(probe.leftOut)} left out`] : []),
  ];
  const total = probe.attempts.length;
  return `${attemptsText(total)}: ${parts.join(', ')}`;
}

function attemptsText(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'attempt' : 'attempts'}`;
}

/** Why a probe that was asked for proves nothing, or null. */
export function probeBlindness(probe: ProbeResult | null): string | null {
  if (probe === null) return null;
  if (probe.unmadeBecause !== null) return `the probe was ${notMade(probe)}: ${probe.unmadeBecause}`;
  const isNothing = probe.attempts.every(({ outcome }) => outcome === 'unmade');
  return isNothing ? 'the probe was not made: no attempt could be' : null;
}

/** How much of a probe was not made. */
export function notMade({ attempts }: ProbeResult): string {
  return attempts.length === 0 ? 'not made' : 'not made in whole';
}

const keptEvidence = 5;

/** What a probe did not show, as notes. @param netns path of the namespace that was probed, or null */
export function probeNotes(probe: ProbeResult | null, netns: string | null): Finding[] {
  if (probe === null) return [];
  const { leftOut } = probe;
  const left = `${attemptsText(leftOut)} of the probe: left out, since there are more than it makes or its time ended`;
  return [
    ...noteOn(probe, 'unanswered', 'did not leave only because no neighbour answered for the target', {
      advice:
        'The kernel looks for their targets on a wire (ip route get ADDRESS oif DEVICE shows where), as it does for a socket that is bound to a device: where somebody answers, they leave.',
      fix: '',
    }),
    ...noteOn(probe, 'lost', 'sent, and seen neither on loopback nor on a wire', {
      advice:
        'Look for a rule that drops them (nft list ruleset), or for one that waits for ARP: an own address that the route leads away from loopback (ip route get ADDRESS).',
      fix: '',
    }),
    ...noteOn(probe, 'unmade', 'not possible here, so that nothing is shown by them', {
      fix: isPingMissing(probe) ? commandIn(netns, 'sysctl -w net.ipv4.ping_group_range="0 2147483647"') : '',
    }),
    ...(leftOut > 0 ? [note('probe-left-out', left, [], leftOut, { fix: '' })] : []),
  ];
}

/** icmp(7): who may open such a socket is a setting, by default nobody. */
function isPingMissing({ attempts }: ProbeResult): boolean {
  return attempts.some(({ protocol, error }) => protocol === 'icmp' && error === 'socket EACCES');
}

type Remedy = Pick<Finding, 'advice' | 'fix'>;

function noteOn(
  probe: ProbeResult,
  outcome: 'unanswered' | 'lost' | 'unmade',
  title: string,
  remedy: Remedy,
): Finding[] {
  const concerned = probe.attempts.filter((each) => each.outcome === outcome);
  if (concerned.length === 0) return [];
  const texts = concerned
    .slice(0, keptEvidence)
    .map((each) => `${describeAttempt(each)}${each.error === '' ? '' : `: ${each.error}`}`);
  return [
    note(
      `probe-${outcome}`,
      `${attemptsText(concerned.length)} of the probe: ${title}`,
      texts,
      concerned.length,
      remedy,
    ),
  ];
}

function note(
  id: string,
  title: string,
  evidence: readonly string[],
  count: number,
  remedy: Remedy,
): Finding {
  const shown = evidence.map(settingEvidence);
  return { id, severity: 'note', title, interface: '', evidence: shown, count, ...remedy };
}
