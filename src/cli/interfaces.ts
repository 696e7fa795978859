/**
 * `loscope interfaces`: what can be captured here, by which engine, and which privilege is missing.
 */
import { surveyLive } from '../analysis/live-survey.js';
import { surveyJson } from '../report/survey-json.js';
import { surveyText } from '../report/survey-text.js';
import { ExitCode } from './exit-code.js';
import type { Options } from './options.js';

/** @returns the exit code */
export async function interfaces(_operands: readonly string[], options: Options): Promise<number> {
  const survey = await surveyLive(options.netns);
  process.stdout.write(options.format === 'json' ? surveyJson(survey) : surveyText(survey));
  return ExitCode.ok;
}
