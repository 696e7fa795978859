/**
 * What a person should know of the way to an address beyond the way itself: dangers first.
 */
import { needsZone } from '../host/path-question.js';
import type { PathReport } from './path.js';

type Known = Omit<PathReport, 'notes'>;

/** Sentences without a full stop. */
export function notesOf(report: Known): string[] {
  return [...dangers(report), ...surprises(report), ...aboutLinks(report), ...aboutAddress(report)];
}

function dangers({ locality, facts }: Known): string[] {
  const { question, out } = facts;
  const notes: string[] = [];
  if (locality === 'leak') {
    const prefix = question.version === 4 ? '127.0.0.0/8' : '::1/128';
    notes.push(`a loopback address on a wire is a leak: table local must have ${prefix} and be asked first`);
  }
  if (locality === 'hairpin') {
    notes.push(`${question.address} is this host’s own, but table local does not take it`);
  }
  if (locality === 'stray' || (locality === 'loopback' && facts.answer.route?.type === 'unicast')) {
    notes.push(`it goes to ${out?.name}, but nothing on this host takes it`);
  }
  return notes;
}

function surprises({ copy, facts, entry, way, joined }: Known): string[] {
  const { out, question, zone } = facts;
  const notes: string[] = [];
  if (copy?.kind === 'multicast') {
    const elsewhere = joined.filter((name) => name !== out?.name);
    if (!copy.loops && elsewhere.length > 0) {
      notes.push(`joined on ${elsewhere.join(', ')}, but it is sent by ${out?.name}`);
    }
    if (question.version === 6 && zone === null && needsZone(question)) {
      notes.push(`the kernel chose ${out?.name}; ${question.address}%IF names another interface`);
    }
  }
  if (way === 'own-address' && !facts.own.some(({ address }) => address === question.address)) {
    const range = entry === null ? 'a local route' : `${entry.prefix} is local (AnyIP)`;
    notes.push(`no interface has the address; ${range}`);
  }
  return notes;
}

function aboutLinks({ facts, way }: Known): string[] {
  const { loopback, out } = facts;
  const notes: string[] = [];
  if (loopback !== null && !loopback.isUp) {
    notes.push(`${loopback.name} is down, so nothing loops back (ip link set ${loopback.name} up)`);
  }
  if (way !== 'refused' && out?.isLoopback === false && !out.hasCarrier) {
    notes.push(`${out.name} has no carrier`);
  }
  return notes;
}

function aboutAddress({ facts: { question } }: Known): string[] {
  const notes = question.standsFor === '' ? [] : [question.standsFor];
  if (question.zone !== '' && !needsZone(question)) {
    notes.push(`the zone %${question.zone} means nothing for this address`);
  }
  return notes;
}
