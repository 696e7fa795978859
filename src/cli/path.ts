/**
 * `loscope path ADDRESS`: which of the ways a datagram to the address takes on this host, and why. Nothing is sent.
 */
import process from 'node:process';
import { CaptureError } from '../capture/capture-error.js';
import { netnsPath } from '../capture/live-sockets.js';
import { compileCommand, type NativeError } from '../capture/native.js';
import { NetlinkError } from '../capture/netlink-error.js';
import { pathReport } from '../classify/path.js';
import { readPathFacts } from '../host/path-facts.js';
import { PathError, questionOfAddress, questionsOf } from '../host/path-question.js';
import { pathJson } from '../report/path-json.js';
import { pathText } from '../report/path-text.js';
import { ExitCode, UsageError } from './exit-code.js';
import type { Options } from './options.js';
import { isAsciiLocale, paintFor } from './terminal.js';

/** @returns the exit code */
export async function path([asked]: readonly string[], options: Options): Promise<number> {
  const netns = options.netns === null ? null : netnsPath(options.netns);
  try {
    const questions = await questionsOf(asked);
    const reports = questions.map((question) => pathReport(readPathFacts(question, netns)));
    const text = {
      paint: paintFor(options),
      isAscii: options.isAscii || isAsciiLocale(),
      name: questionOfAddress(asked) === null ? asked : '',
    };
    process.stdout.write(
      options.format === 'json' ? pathJson(asked, options.netns, reports) : pathText(reports, text),
    );
    return ExitCode.ok;
  } catch (error) {
    throw asUsageError(error as Error, asked, options.netns);
  }
}

function asUsageError(error: Error, asked: string, netns: string | null): Error {
  if (error instanceof PathError) return new UsageError(error.message);
  if (error instanceof NetlinkError && error.code === 'ENOSYS') {
    const advice = process.platform === 'linux' ? `${compileCommand} compiles it` : 'run it on Linux';
    return new UsageError(
      `path: asks the Linux kernel, which cannot be asked here: ${error.message} (${advice})`,
    );
  }
  if (error instanceof NetlinkError) return new UsageError(`path ${asked}: ${error.message}`);
  const { code, message } = error as NativeError;
  if (netns !== null && (code === 'EPERM' || code === 'EACCES')) {
    return new CaptureError(
      'permission',
      `--netns ${netns}`,
      'needs cap_sys_admin to enter a network namespace',
      -1,
      'run it as root',
    );
  }
  if (netns !== null && code === 'EINVAL' && message.startsWith('open namespace')) {
    const what = 'is not a network namespace';
    return new CaptureError('interface', `--netns ${netns}`, what, -1, '`ip netns` lists names');
  }
  return code === undefined ? error : new UsageError(`path ${asked}: ${message}`);
}
