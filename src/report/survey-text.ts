/**
 * `loscope interfaces` for people.
 */
import type { Survey, SurveyedInterface } from '../analysis/live-survey.js';
import { linkTypeName } from '../capture/link-type.js';
import { roleName } from '../capture/source.js';
import { printable } from '../format/printable.js';
import { formatTable } from '../format/table.js';

const heading = ['interface', 'state', 'role', 'link type', 'mtu', 'engine', 'addresses'];

export function surveyText({ interfaces, attempts, advice }: Survey): string {
  const tried = attempts.map(({ by, reason }, i) => [
    `${i + 1}. ${by}`,
    reason === '' ? 'may capture' : `no: ${printable(reason)}`,
  ]);
  const lines = [
    ...formatTable([heading, ...interfaces.map(row)], [4]),
    '',
    'who is asked to open a packet socket, in this order:',
    ...formatTable(tried).map((line) => `  ${line}`),
  ];
  if (advice !== '') lines.push('', advice);
  return `${lines.join('\n')}\n`;
}

function row(each: SurveyedInterface): string[] {
  return [
    printable(each.name),
    each.isUp ? 'up' : 'down',
    roleName[each.role],
    each.linkType === null ? '–' : linkTypeName(each.linkType),
    each.mtu === null ? '–' : String(each.mtu),
    each.engine ?? 'none',
    each.addresses === null ? '–' : each.addresses.join(' '),
  ];
}
