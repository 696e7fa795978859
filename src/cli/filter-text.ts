/**
 * The filter of a command line, with the names of hosts in it looked up where `--resolve` asks for it.
 */
import dns from 'node:dns/promises';
import { vocabulary } from '../analysis/filter-words.js';
import { resolveNames } from '../filter/resolve-names.js';
import { UsageError } from './exit-code.js';
import type { Options } from './options.js';

/** @throws FilterError */
export async function filterText(text: string, { resolvesNames }: Options): Promise<string> {
  return text === '' || !resolvesNames ? text : resolveNames(text, vocabulary, lookUp);
}

/**
 * As the system resolves: /etc/hosts and what else it is set up to ask.
 * @throws UsageError where it cannot be asked
 */
async function lookUp(name: string): Promise<string[]> {
  try {
    const found = await dns.lookup(name, { all: true });
    return [...new Set(found.map(({ address }) => address))];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTFOUND') return [];
    throw new UsageError(`--resolve ${name}: the resolver says ${code} (name an address instead)`);
  }
}
