/**
 * The installation: Node, the addon, who may open packet sockets and which engine that makes; the terminal.
 */
import type { Survey } from '../analysis/live-survey.js';
import { compileCommand, grantCommand, loadNative } from '../capture/native.js';
import { type DoctorCheck, fine, trouble } from './doctor-check.js';

/** What the command line knows of its surroundings. */
export interface ProgramFacts {
  readonly version: string;
  /** `20.19.0`. */
  readonly nodeVersion: string;
  /** The locale's characters are UTF-8. */
  readonly isUtf8: boolean;
}

const theme = 'program';
/** The least that package.json's `engines` allows. */
const leastNode = [20, 19] as const;

export function examineProgram(survey: Survey, facts: ProgramFacts): DoctorCheck[] {
  return [
    examineNode(facts),
    examineAddon(),
    ...examinePrivilege(survey),
    ...examineReference(survey),
    examineLocale(facts),
  ];
}

function examineNode({ version, nodeVersion }: ProgramFacts): DoctorCheck {
  const [major, minor] = nodeVersion.split('.').map(Number);
  const [leastMajor, leastMinor] = leastNode;
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) {
    return fine(theme, `loscope ${version} on Node ${nodeVersion}`);
  }
  return trouble(theme, 'warning', {
    id: 'program-node',
    title: `Node ${nodeVersion} is older than what this program is tested with`,
    advice: `Install Node ${leastNode.join('.')} or later.`,
    fix: '',
  });
}

function examineAddon(): DoctorCheck {
  const native = loadNative();
  if (!('reason' in native)) return fine(theme, 'the fast live engine is compiled and loads');
  return trouble(theme, 'warning', {
    id: 'program-engine',
    title: 'live captures go through libpcap, which loses packets at rates that loopback has',
    evidence: [native.reason],
    fix: native.reason.startsWith('LOSCOPE_NO_NATIVE') ? 'unset LOSCOPE_NO_NATIVE' : compileCommand,
  });
}

/** Who may open packet sockets, and which engine that makes. */
function examinePrivilege({ attempts, advice }: Survey): DoctorCheck[] {
  const able = attempts.find(({ reason }) => reason === '');
  if (able === undefined) {
    return [
      trouble(theme, 'blind', {
        id: 'program-privilege',
        title: 'nobody here may capture packets',
        evidence: attempts.map(({ by, reason }) => `${by}: ${reason}`),
        fix: /grant/.test(advice) || advice === '' ? grantCommand : compileCommand,
      }),
    ];
  }
  const isFast = able.by !== 'reference engine';
  const before = attempts.slice(0, attempts.indexOf(able)).map(({ by, reason }) => `${by}: ${reason}`);
  const who =
    able.by === 'this process'
      ? 'this process may open packet sockets'
      : `${able.by} opens its packet sockets`;
  const why = isFast ? who : `the fast one cannot (${before.join('; ')})`;
  return [fine(theme, `live captures use the ${isFast ? 'fast' : 'reference'} engine: ${why}`)];
}

/** What is said of privilege already includes it where nobody may capture. */
function examineReference({ attempts }: Survey): DoctorCheck[] {
  if (attempts.every(({ reason }) => reason !== '')) return [];
  const reason = attempts.find(({ by }) => by === 'reference engine')?.reason ?? '';
  if (reason === '') return [fine(theme, 'the reference engine (libpcap, by the package cap) captures too')];
  return [fine(theme, `the reference engine is not at hand, and is not needed: ${reason}`)];
}

function examineLocale({ isUtf8 }: ProgramFacts): DoctorCheck {
  if (isUtf8) return fine(theme, 'the locale has UTF-8: the dashboard draws lines');
  return trouble(theme, 'note', {
    id: 'program-locale',
    title: 'the locale has no UTF-8: the dashboard draws in ASCII',
    fix: 'export LC_ALL=C.UTF-8',
  });
}
