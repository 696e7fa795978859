/**
 * The settings of a host as findings: what may let loopback leave it or strangers in, and the command that mends each. All of
 * them are warnings and notes: a setting is no leak.
 */
import type { HostSettings } from '../host/host-settings.js';
import type { Unseen } from '../host/unseen.js';
import type { Finding } from './finding.js';
import { commandIn, type SettingCheck, settingFinding } from './setting-check.js';
import { firewallChecks } from './settings-firewall.js';
import { loopbackChecks } from './settings-loopback.js';
import { routeChecks } from './settings-routes.js';
import { sysctlChecks } from './settings-sysctl.js';

/** Every question to one reading of the settings, in the order of reports. */
export const settingChecks: readonly (readonly [theme: string, checks: readonly SettingCheck[]])[] = [
  ['loopback', loopbackChecks],
  ['routes', routeChecks],
  ['sysctls', sysctlChecks],
  ['firewall', firewallChecks],
];

/**
 * What the settings let happen, worst first.
 * @param before and after a watch; the same twice for no differences
 * @returns of the later reading, and what the kernel counted between the two
 */
export function settingFindings(before: HostSettings, after: HostSettings): Finding[] {
  const findings = settingChecks.flatMap(([, checks]) =>
    checks.flatMap((check) => findOne(check, after) ?? []),
  );
  const all = [...findings, ...martianFindings(before, after), ...after.unseen.map(unseenFinding)];
  return [
    ...all.filter(({ severity }) => severity === 'warning'),
    ...all.filter(({ severity }) => severity !== 'warning'),
  ];
}

/** The findings of one check, with fixes as they must be typed outside of the namespace. */
export function findOne(check: SettingCheck, settings: HostSettings): Finding[] | null {
  return (
    check.find(settings)?.map((finding) => ({ ...finding, fix: commandIn(settings.netns, finding.fix) })) ??
    null
  );
}

/** What could not be looked at: blind is never clean. */
export function unseenFinding({ what, reason, fix }: Unseen): Finding {
  const title = `not looked at: ${what}`;
  const finding = settingFinding({
    id: 'setting-unseen',
    severity: 'note',
    title,
    evidence: [reason],
    fix: '',
  });
  return fix === '' ? finding : { ...finding, advice: fix };
}

/** The counters are the whole machine's and wrap around: only a growth says something. */
function martianFindings({ martians: before }: HostSettings, { martians: after }: HostSettings): Finding[] {
  if (before === null || after === null) return [];
  const source = Math.max(0, after.source - before.source);
  const destination = Math.max(0, after.destination - before.destination);
  if (source + destination === 0) return [];
  const finding = settingFinding({
    id: 'setting-martians',
    severity: 'note',
    title: `meanwhile this machine, all its network namespaces taken together, refused ${source} packets for a martian source and ${destination} for a martian destination`,
    evidence: [
      `/proc/net/stat/rt_cache: in_martian_src ${before.source} to ${after.source}`,
      `/proc/net/stat/rt_cache: in_martian_dst ${before.destination} to ${after.destination}`,
    ],
    fix: '',
  });
  return [{ ...finding, count: source + destination }];
}
