/**
 * The nft program, which the tests of the copies ask for the tables of a namespace: it is of other authors. By its path,
 * because under npm another program of that name comes first.
 */
import { existsSync } from 'node:fs';
import type { Namespace } from './netns.js';

export const nft = '/usr/sbin/nft';

/** Why tests with it cannot run here, or ''. */
export const cannotNft = existsSync(nft) ? '' : 'needs nft';

/** All tables of a namespace, as text; '' when there are none. */
export function ruleset(namespace: Namespace): Promise<string> {
  return namespace.run(nft, 'list', 'ruleset');
}
