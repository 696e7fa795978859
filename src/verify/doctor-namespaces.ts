/**
 * The other network namespaces of this host: is loopback up in each? Without it neither 127.0.0.1 nor an own address can be
 * reached there, which surprises whoever runs a health check in a pod.
 */

import type { NativeError } from '../capture/native.js';
import { shellWord } from '../format/shell-word.js';
import { shortList } from '../format/short-list.js';
import { readLinksOf } from '../host/links.js';
import { listNamespaces, type NetworkNamespace } from '../host/namespaces.js';
import { type DoctorCheck, fine, trouble } from './doctor-check.js';
import { howToSee } from './hidden-namespaces.js';
import { commandIn } from './setting-check.js';

const theme = 'namespaces';
/** A host of containers may have thousands. */
const mostNamespaces = 256;

export function examineNamespaces(): DoctorCheck[] {
  const { namespaces, hidden } = listNamespaces();
  const others = namespaces.filter(({ isOwn }) => !isOwn);
  const up: string[] = [];
  const down: DoctorCheck[] = [];
  const refused = new Map<string, string[]>();
  for (const namespace of others.slice(0, mostNamespaces)) {
    const outcome = lookInto(namespace);
    if (outcome === 'up') up.push(namespace.name);
    else if (outcome === 'gone') continue;
    else if ('refusal' in outcome) {
      refused.set(outcome.refusal, [...(refused.get(outcome.refusal) ?? []), namespace.name]);
    } else down.push(outcome);
  }
  const checks = [...down];
  if (up.length > 0) checks.unshift(fine(theme, `loopback is up in ${shortList(up)}`));
  if (others.length === 0 && hidden.length === 0)
    checks.push(fine(theme, 'there is no other network namespace'));
  if (hidden.length > 0) refused.set('this user may not see what it is', [...hidden]);
  if (refused.size > 0) checks.push(unseen(refused));
  if (others.length > mostNamespaces) {
    const title = `${others.length - mostNamespaces} further network namespaces were not looked into`;
    checks.push(trouble(theme, 'blind', { id: 'namespaces-unseen', title, fix: '' }));
  }
  return checks;
}

/** @param refused names by the reason */
function unseen(refused: ReadonlyMap<string, readonly string[]>): DoctorCheck {
  const evidence = [...refused].map(([reason, names]) => `${shortList(names)}: ${reason}`);
  const title = 'not all network namespaces could be looked into';
  return trouble(theme, 'blind', { id: 'namespaces-unseen', title, evidence, advice: howToSee(), fix: '' });
}

type Outcome = 'up' | 'gone' | { readonly refusal: string } | DoctorCheck;

function lookInto({ path, name }: NetworkNamespace): Outcome {
  try {
    const down = readLinksOf(path).links.find(({ isLoopback, isUp }) => isLoopback && !isUp);
    if (down === undefined) return 'up';
    return trouble(theme, 'note', {
      id: 'setting-loopback-down',
      title: `the loopback interface of ${name} is down: 127.0.0.1 cannot be reached there`,
      evidence: [`${down.name}: not UP (${path})`],
      fix: commandIn(path, `ip link set ${shellWord(down.name)} up`),
    });
  } catch (error) {
    const { code, message } = error as NativeError;
    // Namespaces come and go.
    if (code === 'ENOENT' || code === 'EINVAL') return 'gone';
    return { refusal: code === 'EPERM' ? 'this user may not enter' : message };
  }
}
