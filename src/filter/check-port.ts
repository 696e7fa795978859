/**
 * Ports and ranges of them, by number or name. A name of one protocol alone looks only there, as in libpcap.
 */
import { FilterError } from './filter-error.js';
import { findService, IpProtocol, type Service } from './names.js';
import type { Predicate } from './predicate.js';
import type { Id, Qualifiers } from './syntax-tree.js';

const mostPort = 0xffff;
const withPorts = new Map<string, number>([
  ['tcp', IpProtocol.tcp],
  ['udp', IpProtocol.udp],
  ['sctp', IpProtocol.sctp],
]);
/** The order in which libpcap looks for them. */
const all = [IpProtocol.sctp, IpProtocol.tcp, IpProtocol.udp];

export function checkPort(qualifiers: Qualifiers, id: Id): Predicate {
  const { protocol, direction, type } = qualifiers;
  const asked = protocol === null ? null : withPorts.get(protocol);
  if (asked === undefined) {
    throw new FilterError(
      `\`${protocol}\` has no ports`,
      id.at,
      '`tcp`, `udp`, `sctp` or nothing before the port',
    );
  }
  const isRange = type === 'portrange';
  const [low, high] = isRange ? range(id) : [port(id), port(id)];
  const named = low.protocol === high.protocol ? low.protocol : null;
  if (asked !== null && named !== null && asked !== named) {
    throw new FilterError(`this port belongs to another protocol than \`${protocol}\``, id.at, 'its number');
  }
  const one = asked ?? named;
  return {
    kind: 'port',
    protocols: one === null ? all : [one],
    direction: direction ?? 'src or dst',
    low: Math.min(low.port, high.port),
    high: Math.max(low.port, high.port),
    isRange,
  };
}

function range(id: Id): [Service, Service] {
  if (id.kind !== 'name') return [port(id), port(id)];
  const dash = id.text.indexOf('-');
  if (dash < 0 || findService(id.text) !== null) return [port(id), port(id)];
  const end = (text: string, at: number): Service =>
    /^[0-9]+$/.test(text) ? numbered(Number(text), at) : port({ kind: 'name', text, at });
  return [end(id.text.slice(0, dash), id.at), end(id.text.slice(dash + 1), id.at + dash + 1)];
}

function numbered(value: number, at: number): Service {
  if (value > mostPort) throw new FilterError(`port ${value} does not exist`, at, `at most ${mostPort}`);
  return { port: value, protocol: null };
}

function port(id: Id): Service {
  if (id.kind === 'number') return numbered(id.value, id.at);
  if (id.kind !== 'name')
    throw new FilterError('an address is no port', id.at, 'a number or the name of a service');
  const service = findService(id.text);
  if (service === null)
    throw new FilterError(`unknown service \`${id.text}\``, id.at, 'a known name or a number');
  return service;
}
