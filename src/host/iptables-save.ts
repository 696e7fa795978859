/**
 * Rules as iptables-save(8) and ip6tables-save(8) print them: which of them concern loopback addresses.
 *
 *     *nat
 *     :PREROUTING ACCEPT [0:0]
 *     -A PREROUTING -p tcp -m comment --comment "a \"b\"" -j DNAT --to-destination 127.0.0.1:8080
 *     COMMIT
 */
import { shellWord } from '../format/shell-word.js';
import { hooksByChain, isLoopbackText, mostNatRules, type NatAction, type NatRule } from './nat-rule.js';

const actions: Record<string, NatAction> = {
  DNAT: 'dnat',
  REDIRECT: 'redirect',
  SNAT: 'snat',
  MASQUERADE: 'masquerade',
  TPROXY: 'tproxy',
};
const builtIn = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']);

/** One `-A` line. */
interface Line {
  readonly table: string;
  readonly chain: string;
  /** Behind `-A CHAIN`. */
  readonly words: readonly string[];
  readonly text: string;
}

/** @param program whose output it is, without `-save`: it removes rules */
export function parseIptablesSave(text: string, program: string): NatRule[] {
  const bases = new Map<string, string>();
  const jumps = new Map<string, Set<string>>();
  const found: Line[] = [];
  let table = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1).trim();
    const chainHead = /^:(\S+) /.exec(line);
    if (chainHead !== null && builtIn.has(chainHead[1])) {
      bases.set(`${table} ${chainHead[1]}`, chainHead[1].toLowerCase());
    }
    if (!line.startsWith('-A ')) continue;
    const [, chain, ...words] = splitWords(line);
    const target = targetOf(words);
    const key = `${table} ${chain}`;
    jumps.set(key, (jumps.get(key) ?? new Set()).add(`${table} ${target}`));
    if (Object.hasOwn(actions, target)) found.push({ table, chain, words, text: line });
  }
  const hooks = hooksByChain(bases, jumps);
  return found
    .map((line) => natRule(line, program, [...(hooks.get(`${line.table} ${line.chain}`) ?? [])]))
    .filter((rule) => rule.hooks.length > 0)
    .slice(0, mostNatRules);
}

function natRule({ table, chain, words, text }: Line, program: string, hooks: string[]): NatRule {
  const target = lastValue(words, '--to-destination', '--on-ip') ?? '';
  const isLocalSource = firstValue(words, '--src-type')?.split(',').includes('LOCAL') ?? false;
  return {
    action: actions[targetOf(words)],
    hooks,
    isToLoopback: isLoopbackText(withoutPort(target)),
    target: oneTarget(target, words),
    isForLoopbackSource: isLocalSource || isLoopbackText(firstValue(words, '-s') ?? ''),
    isForLoopbackDestination: isLoopbackText(firstValue(words, '-d') ?? ''),
    text: `${program}: table ${table}: ${text}`,
    removal: [program, '-t', table, '-D', chain, ...words].map(shellWord).join(' '),
  };
}

/** `127.0.0.1:80`, `[::1]:80`, `127.0.0.1-127.0.0.9:80` without the port. */
function withoutPort(target: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(target);
  if (bracketed !== null) return bracketed[1];
  return target.includes('.') ? target.split(':')[0] : target;
}

/** DNAT has the port behind its address, TPROXY in an option of its own. */
function oneTarget(target: string, words: readonly string[]): NatRule['target'] {
  const address = withoutPort(target);
  if (address === '' || address.includes('-')) return null;
  const behind = target.slice(target.lastIndexOf(address) + address.length);
  const port = /^\]?:(\d{1,5})$/.exec(behind)?.[1] ?? lastValue(words, '--on-port') ?? '0';
  return { address, port: Number(port) };
}

/** What follows the first such option, unless it is negated: addresses stand before everything that may hold free text. */
function firstValue(words: readonly string[], ...options: string[]): string | null {
  const at = words.findIndex((word) => options.includes(word));
  return at < 0 || words[at - 1] === '!' ? null : (words[at + 1] ?? null);
}

/** What follows the last such option: the target and its options stand behind a comment, which may say `-j`. */
function lastValue(words: readonly string[], ...options: string[]): string | null {
  const at = words.findLastIndex((word) => options.includes(word));
  return at < 0 ? null : (words[at + 1] ?? null);
}

/** The target, or the chain that it jumps or goes to. */
function targetOf(words: readonly string[]): string {
  return lastValue(words, '-j', '-g') ?? '';
}

/** Words apart by spaces; double quotes hold one together, and a backslash in them takes the next character as it is. */
function splitWords(line: string): string[] {
  const words: string[] = [];
  for (const [word] of line.matchAll(/"(?:\\.|[^"\\])*"?|[^\s"]+/g)) {
    words.push(word.startsWith('"') ? word.slice(1).replace(/"$/, '').replace(/\\(.)/g, '$1') : word);
  }
  return words;
}
