/**
 * `loscope interfaces`: what can be captured here, by which engine, and which privilege is missing.
 */
import { surveyLive } from '../analysis/live-survey.js';
import { surveyJson } from '../report/survey-json.js';
import { surveyText } from '../report/survey-text.js';
import { ExitCode, UsageError } from './exit-code.js';
import type { Options } from './options.js';

/** @returns the exit code */
export async function interfaces(names: readonly string[], options: Options): Promise<number> {
  const all = await surveyLive();
  for (const name of names) {
    if (all.interfaces.every((each) => each.name !== name)) {
      const known = all.interfaces.map((each) => each.name).join(', ');
      throw new UsageError(`${name}: no such interface (there are: ${known})`);
    }
  }
  const shown = all.interfaces.filter(({ name }) => names.length === 0 || names.includes(name));
  const survey = { ...all, interfaces: shown };
  process.stdout.write(options.format === 'json' ? surveyJson(survey) : surveyText(survey));
  return ExitCode.ok;
}
