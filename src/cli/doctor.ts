/**
 * `loscope doctor`: checks the host and the installation. Findings leave the exit code 0: they are no failure of the
 * program's; what it could not look at does not.
 */
import { doctorJson } from '../report/doctor-json.js';
import { doctorText } from '../report/doctor-text.js';
import { examine } from '../verify/doctor.js';
import { ExitCode } from './exit-code.js';
import type { Options } from './options.js';
import { packageVersion } from './package-version.js';
import { isAsciiLocale, paintFor } from './terminal.js';

/** @returns the exit code */
export async function doctor(_operands: readonly string[], options: Options): Promise<number> {
  const report = await examine(options.netns, {
    version: packageVersion(),
    nodeVersion: process.versions.node,
    isUtf8: !isAsciiLocale(),
  });
  const isBlind = report.checks.some(({ state }) => state === 'blind');
  const code = isBlind ? ExitCode.blind : ExitCode.ok;
  process.stdout.write(
    options.format === 'json' ? doctorJson(report, code) : doctorText(report, paintFor(options)),
  );
  return code;
}
