/**
 * `loscope.path/1`: the way of a datagram to each address that was asked for. Fields once published keep their meaning.
 */
import type { PathReport } from '../classify/path.js';
import { type PolicyRule, tableName } from '../host/policy-rules.js';
import type { Route } from '../host/route-message.js';

/**
 * @param asked as it was written
 * @param netns as it was written, or null
 */
export function pathJson(asked: string, netns: string | null, reports: readonly PathReport[]): string {
  const record = { schema: 'loscope.path/1', asked, netns, paths: reports.map(pathRecord) };
  return `${JSON.stringify(record, null, 2)}\n`;
}

function pathRecord(report: PathReport) {
  const { facts, way, wayNumber, locality, copy, seen, joined, listeners, notes } = report;
  return {
    address: facts.question.address,
    zone: facts.zone?.name ?? null,
    family: facts.question.version === 4 ? 'ipv4' : 'ipv6',
    way,
    wayNumber,
    locality,
    refused: report.refusal,
    rule: report.rule === null ? null : ruleRecord(report.rule),
    conditionalRules: report.conditional.map(ruleRecord),
    route: report.entry === null ? null : routeRecord(report.entry, facts.names),
    interface: facts.out?.name ?? null,
    gateway: facts.answer.route?.gateway || null,
    source: report.source || null,
    mtu: report.mtu || null,
    seen,
    copy: copy && { kind: copy.kind, loops: copy.loops, visible: copy.isVisible, leaves: copy.leaves },
    joined,
    listeners: listeners.map(({ port, uid, processes }) => ({ port, uid, processes })),
    broadcasts: facts.broadcasts,
    notes,
  };
}

function ruleRecord(rule: PolicyRule) {
  const { priority, action } = rule;
  const table = action === 'lookup' ? tableName(rule.table) : null;
  return { priority, action, table, text: rule.text };
}

function routeRecord(route: Route, names: ReadonlyMap<number, string>) {
  const { type, prefix, gateway, outInterface } = route;
  return {
    type,
    prefix,
    table: tableName(route.table),
    interface: names.get(outInterface) ?? null,
    gateway: gateway === '' ? null : gateway,
  };
}
