/**
 * Markers for what a capture notes beside its frames: direction, interface, number and time.
 */
import { Direction } from '../capture/frame-batch.js';
import type { Argument, Marker, TimeOperator } from './vocabulary.js';

/** Name of each Direction, by value, as our own word `direction` takes it. */
export const directionName = ['unknown', 'in', 'out', 'broadcast', 'multicast', 'other'] as const;

/** A frame whose capture noted no direction passed neither way. */
export function markBound(isOutbound: boolean): Marker {
  return ({ frames: { direction, count } }, marks) => {
    for (let i = 0; i < count; i++) {
      const isOut = direction[i] === Direction.out;
      marks[i] = Number(isOut === isOutbound && direction[i] !== Direction.unknown);
    }
  };
}

export function markDirection(wanted: number): Marker {
  return ({ frames: { direction, count } }, marks) => {
    for (let i = 0; i < count; i++) marks[i] = Number(direction[i] === wanted);
  };
}

/** @param index as the capturing system numbers its interfaces, from 1; 0 is one that is not known */
export function markInterface(index: number): Marker {
  return ({ frames: { count }, interfaceIndex }, marks) => {
    marks.fill(Number(index !== 0 && interfaceIndex === index), 0, count);
  };
}

export function markInterfaceName(name: string): Marker {
  return ({ frames: { count }, interfaceNames }, marks) => {
    marks.fill(Number(interfaceNames.includes(name)), 0, count);
  };
}

export function markNumbers({ low, high }: Extract<Argument, { kind: 'range' }>): Marker {
  return ({ frames: { count }, firstNumber }, marks) => {
    for (let i = 0; i < count; i++) {
      const number = firstNumber + i;
      marks[i] = Number(number >= low && number <= high);
    }
  };
}

const nsPerDay = 86_400_000_000_000n;

export function markTimes(argument: Extract<Argument, { kind: 'time' }>): Marker {
  return argument.isTimeOfDay ? markTimesOfDay(argument) : markMoments(argument);
}

type TimeArgument = Extract<Argument, { kind: 'time' }>;

/** A time in two words, high one signed: no BigInt is made a frame. */
function markMoments({ operator, ns }: TimeArgument): Marker {
  const high = Number(ns >> 32n);
  const low = Number(BigInt.asUintN(32, ns));
  const holds = comparisons[operator];
  return ({ frames: { count, tsWords } }, marks) => {
    for (let i = 0; i < count; i++) {
      const order = tsWords[2 * i + 1] - high || (tsWords[2 * i] >>> 0) - low;
      marks[i] = Number(holds(order));
    }
  };
}

function markTimesOfDay({ operator, ns }: TimeArgument): Marker {
  const holds = comparisons[operator];
  return ({ frames: { count, tsNs } }, marks) => {
    for (let i = 0; i < count; i++) {
      const time = ((tsNs[i] % nsPerDay) + nsPerDay) % nsPerDay;
      marks[i] = Number(holds(Number(time - ns)));
    }
  };
}

/** By the sign of a difference. */
const comparisons: Record<TimeOperator, (order: number) => boolean> = {
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};
