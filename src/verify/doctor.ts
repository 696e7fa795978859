/**
 * `loscope doctor`: is this installation able to see, and is this host one that keeps loopback to itself?
 */
import { surveyLive } from '../analysis/live-survey.js';
import { CaptureError } from '../capture/capture-error.js';
import { netnsPath } from '../capture/live-sockets.js';
import { type HostSettings, readHostSettings } from '../host/host-settings.js';
import { checkOf, type DoctorCheck, type DoctorReport, fine, trouble } from './doctor-check.js';
import { examineNamespaces } from './doctor-namespaces.js';
import { examineProgram, type ProgramFacts } from './doctor-program.js';
import { examineCapture } from './doctor-self-test.js';
import { findOne, settingChecks, unseenFinding } from './settings.js';

/**
 * Looks at everything once; about half a second.
 * @param netns a network namespace by name, process id or path, or null for this process's own
 * @throws CaptureError when the namespace cannot be entered
 */
export async function examine(netns: string | null, facts: ProgramFacts): Promise<DoctorReport> {
  const path = netns === null ? null : netnsPath(netns);
  const survey = await surveyLive(netns);
  const checks = examineProgram(survey, facts);
  const isAble = survey.attempts.some(({ reason }) => reason === '');
  // What is sent here is not on the loopback interface of another namespace.
  if (path === null && isAble) checks.push(...(await examineCapture()));
  checks.push(...examineSettings(path));
  if (path === null) checks.push(...examineNamespaces());
  return { netns: path, checks };
}

/** Who may not read the settings of another namespace may still capture there, through loscope-open. */
function readSettings(path: string | null): HostSettings | CaptureError {
  try {
    return readHostSettings(path);
  } catch (error) {
    if (error instanceof CaptureError && error.code === 'permission') return error;
    throw error;
  }
}

function examineSettings(path: string | null): DoctorCheck[] {
  const settings = readSettings(path);
  if (settings instanceof CaptureError) {
    const title = 'not looked at: the settings of the network namespace';
    const facts = {
      id: 'setting-unseen',
      title,
      evidence: [settings.what],
      advice: settings.advice,
      fix: '',
    };
    return [trouble('settings', 'blind', facts)];
  }
  return settingChecks.flatMap(([theme, questions]) => [
    ...questions.flatMap((question) => {
      const findings = findOne(question, settings);
      if (findings === null) return [];
      return findings.length === 0
        ? [fine(theme, question.whenFine)]
        : findings.map((finding) => checkOf(theme, finding));
    }),
    ...settings.unseen
      .filter(({ area }) => area === theme)
      .map((each) => checkOf(theme, unseenFinding(each))),
  ]);
}
