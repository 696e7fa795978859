/**
 * `loscope.doctor/1`: every check, and the findings in the form of `loscope.verdict/1`. Fields once published keep their meaning.
 */
import type { DoctorReport } from '../verify/doctor-check.js';

export function doctorJson({ netns, checks }: DoctorReport, exitCode: number): string {
  const record = {
    schema: 'loscope.doctor/1',
    exitCode,
    netns,
    checks: checks.map(({ theme, state, title, finding }) => ({
      theme,
      state,
      id: finding?.id ?? null,
      interface: finding?.interface ?? '',
      title,
    })),
    findings: checks.flatMap(({ finding }) => {
      if (finding === null) return [];
      const { evidence, ...rest } = finding;
      return [{ ...rest, evidence: evidence.map(({ text }) => ({ text })) }];
    }),
  };
  return `${JSON.stringify(record, null, 2)}\n`;
}
