/**
 * Firewall rules that rewrite addresses to loopback's or from them. A packet that comes by a wire and gets a destination in 127/8
 * is delivered only with route_localnet; TPROXY needs not even that.
 */
import type { HostSettings } from '../host/host-settings.js';
import type { NatRule } from '../host/nat-rule.js';
import type { Finding, Severity } from './finding.js';
import { bounded, type SettingCheck, settingFinding } from './setting-check.js';

interface RuleFacts {
  readonly id: string;
  readonly severity: Severity;
  readonly title: string;
}

export const firewallChecks: readonly SettingCheck[] = [
  {
    whenFine: 'no firewall rule rewrites addresses to or from loopback’s',
    find: ({ natRules, unseen }: HostSettings): Finding[] | null => {
      if (natRules.length === 0 && unseen.some(({ area }) => area === 'firewall')) return null;
      return bounded(
        natRules.flatMap((rule) => {
          const facts = factsOf(rule);
          if (facts === null) return [];
          return [settingFinding({ ...facts, evidence: [rule.text], fix: rule.removal })];
        }),
      );
    },
  },
];

/** What a rule lets happen; null where it does not concern loopback. */
function factsOf(rule: NatRule): RuleFacts | null {
  const { action, hooks, isToLoopback, isForLoopbackSource, isForLoopbackDestination } = rule;
  const isFromWire = hooks.includes('prerouting');
  if (action === 'tproxy' && isToLoopback) {
    return {
      id: 'setting-tproxy-to-loopback',
      severity: 'warning',
      title:
        'packets from the wire are handed to a socket on a loopback address (TPROXY); transparent proxies want it',
    };
  }
  if (action === 'dnat' && isToLoopback) {
    return isFromWire && !isForLoopbackDestination
      ? {
          id: 'setting-dnat-to-loopback',
          severity: 'warning',
          title:
            'packets from the wire get a loopback address as their destination (DNAT): with route_localnet a service that listens on loopback only is reached from outside',
        }
      : {
          id: 'setting-dnat-to-loopback',
          severity: 'note',
          title:
            'what this host sends gets a loopback address as its destination (DNAT), as Docker’s name server and sidecar proxies do',
        };
  }
  if (action === 'dnat' && isForLoopbackDestination) {
    return {
      id: 'setting-dnat-from-loopback',
      severity: 'warning',
      title:
        'what is sent to a loopback address gets another destination (DNAT) and may leave this host; kube-proxy and Docker do so for published ports',
    };
  }
  if (action === 'redirect' && hooks.includes('output')) {
    return {
      id: 'setting-redirect-to-loopback',
      severity: 'note',
      title:
        'what this host sends to others is redirected to itself, over loopback (REDIRECT), as sidecar proxies do',
    };
  }
  if ((action === 'snat' || action === 'masquerade') && isForLoopbackSource) {
    return {
      id: 'setting-masquerade-loopback',
      severity: 'warning',
      title:
        'packets from loopback or own addresses get another source as they leave: with route_localnet what is sent from 127/8 reaches others; kube-proxy and Docker want it for published ports',
    };
  }
  return null;
}
