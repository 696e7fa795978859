/**
 * The filter of a command line, with the names of hosts in it looked up where `--resolve` asks for it.
 */
import dns from 'node:dns/promises';
import { vocabulary } from '../analysis/filter-words.js';
import { resolveNames } from '../filter/resolve-names.js';
import type { Options } from './options.js';

/** @throws FilterError */
export async function filterText(text: string, { resolvesNames }: Options): Promise<string> {
  return text === '' || !resolvesNames ? text : resolveNames(text, vocabulary, lookUp);
}

/** As the system resolves: /etc/hosts and what else it is set up to ask. */
async function lookUp(name: string): Promise<string[]> {
  try {
    return (await dns.lookup(name, { all: true })).map(({ address }) => address);
  } catch {
    return [];
  }
}
