/**
 * Our own words of the filter language, in one place: a later stage that knows more of packets adds a row here.
 *
 *     locality leak          the verdict                     flow 12           of the list of flows
 *     evidence inferred      what the verdict rests on       state closing     of the flow, after the packet
 *     direction out          as captured                     frame 100-200     of the capture
 *     interface lo           by name                         time >= "05:13"   UTC, with or without a date
 *     stop truncated         how far decoding got
 */
import { evidenceName, localityName } from '../classify/locality.js';
import { stopName } from '../decode/layer.js';
import { directionName, markDirection, markInterfaceName, markNumbers, markTimes } from '../filter/marks.js';
import type { Argument, Asks, FilterWord, Marker, Verdicts, Vocabulary } from '../filter/vocabulary.js';
import { tcpStateName } from '../flow/flow-record.js';

/** A word for one value of a list of names. */
function named(
  word: string,
  asks: Asks,
  names: readonly string[],
  markerOf: (value: number) => Marker,
): FilterWord {
  return {
    word,
    takes: 'name',
    names: names.filter((name) => name !== ''),
    asks,
    example: `${word} ${names.at(-1)}`,
    marker: (argument) => markerOf(names.indexOf((argument as Named).text)),
  };
}

function ofVerdict(of: (verdicts: Verdicts) => Uint8Array): (value: number) => Marker {
  return (value) =>
    ({ frames: { count }, verdicts }, marks) => {
      const column = of(verdicts!);
      for (let i = 0; i < count; i++) marks[i] = Number(column[i] === value);
    };
}

type Named = Extract<Argument, { kind: 'name' }>;
type Range = Extract<Argument, { kind: 'range' }>;
type Time = Extract<Argument, { kind: 'time' }>;

function markFlows({ low, high }: Range): Marker {
  return ({ frames: { count }, verdicts }, marks) => {
    const { flowId } = verdicts!;
    for (let i = 0; i < count; i++) marks[i] = Number(flowId[i] >= low && flowId[i] <= high && flowId[i] > 0);
  };
}

const rows: readonly FilterWord[] = [
  named(
    'locality',
    'verdict',
    localityName,
    ofVerdict(({ locality }) => locality),
  ),
  named(
    'evidence',
    'verdict',
    evidenceName,
    ofVerdict(({ evidence }) => evidence),
  ),
  named(
    'stop',
    'verdict',
    stopName,
    ofVerdict(({ stop }) => stop),
  ),
  named(
    'state',
    'state',
    tcpStateName,
    ofVerdict(({ flowState }) => flowState),
  ),
  named('direction', 'frame', directionName, markDirection),
  {
    word: 'interface',
    takes: 'name',
    names: [],
    asks: 'frame',
    example: 'interface lo',
    marker: (argument) => markInterfaceName((argument as Named).text),
  },
  {
    word: 'flow',
    takes: 'range',
    names: [],
    asks: 'flow',
    example: 'flow 12',
    marker: (argument) => markFlows(argument as Range),
  },
  {
    word: 'frame',
    takes: 'range',
    names: [],
    asks: 'number',
    example: 'frame 100-200',
    marker: (argument) => markNumbers(argument as Range),
  },
  {
    word: 'time',
    takes: 'time',
    names: [],
    asks: 'frame',
    example: 'time >= "05:13:21"',
    marker: (argument) => markTimes(argument as Time),
  },
];

export const vocabulary: Vocabulary = new Map(rows.map((row) => [row.word, row]));
