/**
 * Routes for all of 127/8: whether they take it from loopback is asked of the kernel, before and after the fix.
 */
import test, { type ExecutionContext } from 'ava';
import type { Finding } from '../../src/verify/finding.js';
import { liveTest } from '../capture/ring-lab.js';
import type { Lab } from '../lab/lab.js';
import { applyFixes, findingsIn, prepareScenes, withLab } from './settings-scene.js';

test.before(prepareScenes);

const missing = 'setting-local-route-missing';
const within = 'setting-route-within-loopback';
const follow =
  '127.0.0.0/8 is not in the table local: packets to it follow the other routes, out of this host';
const refused = '127.0.0.0/8 is not in the table local: packets to it are refused';
const behind =
  'a route to 127.0.0.0/8 waits behind the table local: it takes these packets once 127.0.0.0/8 is gone there';

/** What is said of the routes, worst first. */
function routesSaid(lab: Lab): Finding[] {
  return findingsIn(lab).filter(({ id }) => id === missing || id === within);
}

/** `local`, `unicast` …, or the error. */
async function fateOf({ host }: Lab, address: string): Promise<string> {
  try {
    const answer = await host.sh(`ip route get ${address}`);
    return /^(local|broadcast) /.exec(answer)?.[1] ?? 'unicast';
  } catch {
    return 'refused';
  }
}

interface RouteScene {
  readonly commands: readonly string[];
  /** Of 127.0.0.5, before any fix. */
  readonly fate: string;
  /** Title and fix, the latter without what enters the namespace. */
  readonly said: readonly (readonly [title: string, fix: string])[];
}

const lost = 'ip route del local 127.0.0.0/8 table local';
const restore = 'ip route replace local 127.0.0.0/8 dev lo table local';
/** Makes a trie of its own for each table. */
const apart = 'ip rule add pref 100 from 192.0.2.7 lookup 100';

const scenes: Record<string, RouteScene> = {
  'a blackhole behind the table local is no finding': {
    commands: [apart, 'ip route add blackhole 127.0.0.0/8', 'ip route add prohibit 127.0.6.0/24'],
    fate: 'local',
    said: [],
  },
  'a blackhole in the same trie as the table local is none either': {
    commands: ['ip route add blackhole 127.0.0.0/8'],
    fate: 'local',
    said: [],
  },
  'a blackhole that keeps 127/8 in is not to be removed': {
    commands: ['ip route add unreachable 127.0.0.0/8', apart, lost],
    fate: 'refused',
    said: [[refused, restore]],
  },
  'a route to a wire in the same trie waits, since of equal prefixes the local one wins': {
    commands: ['ip route add 127.0.0.0/8 via 10.77.0.2'],
    fate: 'local',
    said: [[behind, 'ip route del 127.0.0.0/8 table main']],
  },
  'a route to a wire takes 127/8 once the local one is gone': {
    commands: ['ip route add 127.0.0.0/8 via 10.77.0.2', lost],
    fate: 'unicast',
    said: [
      [follow, restore],
      [
        'a route takes 127.0.0.0/8 away from loopback: packets to it leave this host, whatever route_localnet says',
        'ip route del 127.0.0.0/8 table main',
      ],
    ],
  },
  'a route that refuses in place of the local one is one finding': {
    commands: ['ip route replace unreachable 127.0.0.0/8 table local'],
    fate: 'refused',
    said: [[refused, restore]],
  },
  'so is it where the tables have tries of their own': {
    commands: [apart, 'ip route replace unreachable 127.0.0.0/8 table local'],
    fate: 'refused',
    said: [[refused, restore]],
  },
  'a route in the table local that refuses a part is told from one in main, which share a trie': {
    commands: ['ip route add prohibit 127.0.0.0/16 table local'],
    fate: 'refused',
    said: [
      [
        'a route takes 127.0.0.0/16 away from loopback: packets to it are refused',
        'ip route del prohibit 127.0.0.0/16 table local',
      ],
    ],
  },
};

for (const [title, { commands, fate, said }] of Object.entries(scenes)) {
  liveTest(title, async (t: ExecutionContext) => {
    await withLab(async (lab) => {
      for (const command of commands) await lab.host.sh(command);
      t.is(await fateOf(lab, '127.0.0.5'), fate);
      const found = routesSaid(lab);
      t.deepEqual(
        found.map((each) => [each.title, each.fix.replace(`ip netns exec ${lab.host.name} `, '')]),
        said.map((each) => [...each]),
      );
      applyFixes(t, found, missing);
      applyFixes(t, found, within);
      t.deepEqual(routesSaid(lab), []);
      t.is(await fateOf(lab, '127.0.0.5'), 'local');
    });
  });
}
