/**
 * `loscope services`: what listens here, whose it is, who is connected and who can reach it. Nothing is sent.
 */
import process from 'node:process';
import { netnsPath } from '../capture/live-sockets.js';
import { compileCommand } from '../capture/native.js';
import { NetlinkError } from '../capture/netlink-error.js';
import { inodesOf, type OwnedService, ownedServices } from '../classify/owned-services.js';
import { servicesOf } from '../classify/services.js';
import { processDetailsReader } from '../host/process-details.js';
import { readServiceFacts, type ServiceFacts } from '../host/service-facts.js';
import { readSocketOwners } from '../host/socket-owners.js';
import type { Unseen } from '../host/unseen.js';
import { readUserNames } from '../host/users.js';
import { servicesJson } from '../report/services-json.js';
import { servicesText } from '../report/services-text.js';
import { complain } from './diagnostics.js';
import { ExitCode, UsageError } from './exit-code.js';
import type { Options } from './options.js';
import { watchServices } from './services-watch.js';

/** @returns the exit code */
export async function services(_operands: readonly string[], options: Options): Promise<number> {
  const netns = options.netns === null ? null : netnsPath(options.netns);
  try {
    return options.isWatching ? await watch(netns, options) : list(netns, options);
  } catch (error) {
    throw asUsageError(error as Error);
  }
}

function list(netns: string | null, options: Options): number {
  const facts = readServiceFacts(netns, true);
  const found = servicesOf(facts);
  const owned = ownedServices(found, readSocketOwners(inodesOf(found)), readUserNames());
  const report = { services: owned, unseen: unseenOf(facts, owned) };
  const isBlind = report.unseen.length > 0 || owned.some(({ isOwnerHidden }) => isOwnerHidden);
  const code = isBlind ? ExitCode.blind : ExitCode.ok;
  const details = options.isVerbose ? processDetailsReader() : null;
  process.stdout.write(
    options.format === 'json'
      ? servicesJson(options.netns, report, code, details)
      : servicesText(report, details),
  );
  return code;
}

/** What could not be looked at and matters here: of the firewall only where it may publish a loopback service. */
function unseenOf({ settings, unseen }: ServiceFacts, services: readonly OwnedService[]): Unseen[] {
  const isFirewallAsked = services.some(({ dependsOnFirewall }) => dependsOnFirewall);
  return [...unseen, ...settings.unseen.filter(({ area }) => area !== 'firewall' || isFirewallAsked)];
}

/** Until it is interrupted, which is how a watch ends: no failure. */
async function watch(netns: string | null, options: Options): Promise<number> {
  const abort = new AbortController();
  let code: number = ExitCode.ok;
  process.once('SIGINT', () => abort.abort());
  process.once('SIGTERM', () => {
    code = ExitCode.terminated;
    abort.abort();
  });
  await watchServices(netns, options.format === 'json', abort.signal, (facts, found) => {
    for (const { what, reason, fix } of unseenOf(facts, found)) {
      complain(`services: ${what}: ${reason}${fix === '' ? '' : ` (${fix})`}`);
    }
  });
  return code;
}

function asUsageError(error: Error): Error {
  if (!(error instanceof NetlinkError)) return error;
  if (error.code !== 'ENOSYS') return new UsageError(`services: ${error.message}`);
  const advice = process.platform === 'linux' ? `${compileCommand} compiles it` : 'run it on Linux';
  return new UsageError(
    `services: asks the Linux kernel, which cannot be asked here: ${error.message} (${advice})`,
  );
}
