/**
 * Rules as iptables-save(8) and ip6tables-save(8) print them: which of them concern loopback addresses.
 *
 *     *nat
 *     :PREROUTING ACCEPT [0:0]
 *     -A PREROUTING -p tcp -m comment --comment "a \"b\"" -j DNAT --to-destination 127.0.0.1:8080
 *     COMMIT
 *
 * Addresses are translated in the table nat alone, and handed to a proxy (TPROXY) in the table mangle alone.
 * Reference: iptables(8), iptables-extensions(8). Sets of ipset(8) are not printed there: who uses them is told.
 */
import { shellWord } from '../format/shell-word.js';
import {
  type AddressMatch,
  anyAddress,
  both,
  matchOf,
  meetsLoopback,
  notLoopback,
  ownAddresses,
  parseSpan,
} from './loopback-match.js';
import {
  type Conditions,
  type FirewallRule,
  type NatRule,
  natRules,
  noConditions,
  type Translation,
} from './nat-rule.js';

export interface SavedRules {
  readonly rules: NatRule[];
  /** Sets of ipset that rules compare sources with: nobody looked into them. */
  readonly sets: readonly string[];
  /** Tables that the program could not print, since another one changed them. */
  readonly incompatible: readonly string[];
}

const actions: Record<string, Translation['action']> = {
  DNAT: 'dnat',
  REDIRECT: 'redirect',
  SNAT: 'snat',
  MASQUERADE: 'masquerade',
  NETMAP: 'netmap',
  TPROXY: 'tproxy',
};
const tables = ['nat', 'mangle'];
const builtIn = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']);
/** Options of free text, which may look like an option itself. */
const freeText = new Set(['--comment', '--string', '--hex-string', '--log-prefix', '--nflog-prefix']);
const newAddress = ['--to-destination', '--to-source', '--to', '--on-ip'];

/** One option of a rule, with what follows it up to the next. */
interface Option {
  readonly name: string;
  readonly values: readonly string[];
  readonly isNegated: boolean;
}

/** @param program whose output it is, without `-save`: it removes rules */
export function parseIptablesSave(text: string, program: string): SavedRules {
  const hooks = new Map<string, string>();
  const rules: FirewallRule[] = [];
  const sets = new Set<string>();
  const incompatible: string[] = [];
  let table = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1).trim();
    const other = /^# Table `(\w+)' is incompatible/.exec(line)?.[1] ?? '';
    if (tables.includes(other)) incompatible.push(other);
    if (!tables.includes(table)) continue;
    const chainHead = /^:(\S+) /.exec(line)?.[1] ?? '';
    if (builtIn.has(chainHead)) hooks.set(`${table} ${chainHead}`, chainHead.toLowerCase());
    if (!line.startsWith('-A ')) continue;
    const [, chain, ...words] = splitWords(line);
    const options = optionsOf(words);
    if (table === 'nat') for (const name of sourceSets(options)) sets.add(name);
    const inTable = table;
    const removal = (): string => [program, '-t', inTable, '-D', chain, ...words].map(shellWord).join(' ');
    const describe = () => ({ text: `${program}: table ${inTable}: ${line}`, removal: removal() });
    rules.push({
      chain: `${table} ${chain}`,
      describe,
      ...meaningOf(table, options, program.startsWith('ip6')),
    });
  }
  return { rules: natRules(hooks, rules), sets: [...sets], incompatible };
}

type Meaning = Pick<FirewallRule, 'conditions' | 'jumps' | 'translation'>;

function meaningOf(table: string, options: readonly Option[], isIpv6: boolean): Meaning {
  const conditions = conditionsOf(options);
  const at = options.findLastIndex(({ name }) => name === '-j' || name === '-g');
  const name = options[at]?.values[0] ?? '';
  if (!Object.hasOwn(actions, name)) {
    return { conditions, jumps: [{ to: `${table} ${name}`, conditions }], translation: null };
  }
  // What stands behind it belongs to it: other matches have a `--to` as well.
  const own = options.slice(at + 1);
  const given = own.find((option) => newAddress.includes(option.name))?.values[0];
  const [address, port] = splitPort(given ?? '');
  const span = parseSpan(address);
  // `--to-source :53` changes the port alone.
  if (given !== undefined && span === null) return { conditions, jumps: [], translation: null };
  const isToLoopback = span !== null && meetsLoopback(span);
  const isOne = span !== null && !/[-/]/.test(address);
  // TPROXY has the port in an option of its own.
  const portText = own.find((option) => option.name === '--on-port')?.values[0] ?? port;
  const onePort = /^\d+$/.test(portText) ? Number(portText) : 0;
  const targets = isOne ? [{ address, port: onePort, protocol: '' }] : null;
  return { conditions, jumps: [], translation: { action: actions[name], isToLoopback, targets, isIpv6 } };
}

function conditionsOf(options: readonly Option[]): Conditions {
  let { source, destination, inInterface, outInterface, protocol } = noConditions;
  for (const { name, values, isNegated } of options) {
    const [value = ''] = values;
    if (name === '-s' || name === '--src-range') source = both(source, addressMatch(value, isNegated));
    if (name === '-d' || name === '--dst-range')
      destination = both(destination, addressMatch(value, isNegated));
    if (name === '--src-type') source = both(source, typeMatch(value, isNegated));
    if (name === '--dst-type') destination = both(destination, typeMatch(value, isNegated));
    // `eth+` stands for many.
    if (isNegated || value.endsWith('+')) continue;
    if (name === '-i') inInterface = value;
    if (name === '-o') outInterface = value;
    if (name === '-p') protocol = value;
  }
  return { source, destination, inInterface, outInterface, protocol };
}

function addressMatch(text: string, isNegated: boolean): AddressMatch {
  const span = parseSpan(text);
  return span === null ? anyAddress : matchOf([span], isNegated);
}

/** 127/8 is LOCAL, like the host's own addresses. */
function typeMatch(types: string, isNegated: boolean): AddressMatch {
  if (types.split(',').includes('LOCAL') === isNegated) return notLoopback;
  return isNegated ? anyAddress : ownAddresses;
}

function sourceSets(options: readonly Option[]): string[] {
  return options.flatMap(({ name, values: [set = '', flags = ''] }) =>
    name === '--match-set' && flags.split(',').includes('src') ? [set] : [],
  );
}

/** Address and port of `127.0.0.1:80`, `[::1]:80`, `127.0.0.1-127.0.0.9:80-90`, `::1`. */
function splitPort(text: string): readonly [address: string, port: string] {
  const [, ipv6, ipv4, port = ''] = /^(?:\[([^\]]*)\]|([\d.-]+))(?::([\d/-]+))?$/.exec(text) ?? [];
  return [ipv6 ?? ipv4 ?? text, port];
}

function optionsOf(words: readonly string[]): Option[] {
  const options: Option[] = [];
  let isNegated = false;
  for (let at = 0; at < words.length; ) {
    const name = words[at++];
    if (name === '!') {
      isNegated = true;
      continue;
    }
    const start = at;
    if (freeText.has(name)) at++;
    while (at < words.length && !words[at].startsWith('-') && words[at] !== '!') at++;
    options.push({ name, values: words.slice(start, at), isNegated });
    isNegated = false;
  }
  return options;
}

/** Words apart by spaces; in double quotes one may hold spaces, and a backslash takes the next character as it is. */
function splitWords(line: string): string[] {
  const words: string[] = [];
  for (const [word] of line.matchAll(/"(?:\\.|[^"\\])*"?|\S+/g)) {
    words.push(word.startsWith('"') ? word.slice(1).replace(/"$/, '').replace(/\\(.)/g, '$1') : word);
  }
  return words;
}
