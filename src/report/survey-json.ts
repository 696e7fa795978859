/**
 * `loscope.interfaces/1`: what can be captured here, and by whom. Fields once published keep their meaning.
 */
import type { Survey } from '../analysis/live-survey.js';
import { roleName } from '../capture/source.js';

export function surveyJson({ netns, interfaces, attempts, advice }: Survey): string {
  const record = {
    schema: 'loscope.interfaces/1',
    netns,
    interfaces: interfaces.map(({ name, isUp, role, linkType, mtu, addresses, engine }) => ({
      name,
      up: isUp,
      role: roleName[role],
      linkType,
      mtu,
      addresses,
      engine,
    })),
    attempts: attempts.map(({ by, reason }) => ({
      by,
      ok: reason === '',
      reason: reason === '' ? null : reason,
    })),
    fix: advice === '' ? null : advice,
  };
  return `${JSON.stringify(record, null, 2)}\n`;
}
