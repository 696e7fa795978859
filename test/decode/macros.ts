/**
 * The five tests that every protocol has: decodes, round trip, every prefix, contradicting lengths, any bytes.
 * Each looks at a frame in both ways, as columns and as a tree of fields, and requires that they agree.
 */
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import type { LinkType } from '../../src/capture/link-type.js';
import { dissectFrame } from '../../src/decode/dissect.js';
import type { Field } from '../../src/decode/field.js';
import { assertAgrees } from './agreement.js';
import { type Columns, decodeOne, decodeSurrounded } from './columns.js';
import { hexdump } from './frame-builder.js';

/** A field to be found in a tree: its path of names, its value, and its meaning and range where they matter. */
export type ExpectedField = readonly [
  path: string,
  value: string,
  meaning?: string,
  range?: readonly [offset: number, len: number],
];

/** The field at `path`, names joined by ` / `; the first of each name. */
export function fieldAt(fields: readonly Field[], path: string): Field | undefined {
  const [name, ...rest] = path.split(' / ');
  for (const field of fields) {
    if (field.name !== name) continue;
    const found = rest.length === 0 ? field : fieldAt(field.children, rest.join(' / '));
    if (found !== undefined) return found;
  }
  return undefined;
}

function checkFields(
  t: ExecutionContext,
  fields: readonly Field[],
  expected: readonly ExpectedField[],
): void {
  for (const [path, value, meaning, range] of expected) {
    const field = fieldAt(fields, path);
    t.truthy(field, `there is no field ${path}`);
    if (field === undefined) continue;
    t.is(field.value, value, path);
    if (meaning !== undefined) t.is(field.meaning, meaning, `meaning of ${path}`);
    if (range !== undefined) t.deepEqual([field.offset, field.len], [...range], `range of ${path}`);
  }
}

/** Literal bytes give these columns and these fields. */
export const decodes = test.macro(
  (t, linkType: LinkType, dump: string, columns: Partial<Columns>, fields: readonly ExpectedField[]) => {
    const frame = hexdump(dump);
    t.like(decodeOne(frame, linkType), columns);
    checkFields(t, dissectFrame(frame, linkType, frame.length), fields);
    assertAgrees(t, frame, linkType, frame.length);
  },
);

/** What a built frame must read as. */
export interface Expectation {
  readonly frame: Uint8Array;
  readonly columns: Partial<Columns>;
  readonly fields: readonly ExpectedField[];
}

/** Any values, written by the frame builder, are read again. */
export const roundTrip = test.macro((t, linkType: LinkType, expectations: fc.Arbitrary<Expectation>) => {
  check(
    t,
    fc.property(expectations, ({ frame, columns, fields }) => {
      t.like(decodeOne(frame, linkType), columns);
      checkFields(t, dissectFrame(frame, linkType, frame.length), fields);
      assertAgrees(t, frame, linkType, frame.length);
    }),
  );
});

/** A frame cut anywhere in its headers is truncated; cut behind them it reads as the whole one. */
export const everyPrefix = test.macro((t, linkType: LinkType, frame: Uint8Array, headersLen: number) => {
  const whole = decodeOne(frame, linkType);
  t.not(whole.stop, 'truncated');
  for (let capLen = 0; capLen <= frame.length; capLen++) {
    const prefix = frame.slice(0, capLen);
    const columns = decodeSurrounded(t, prefix, linkType, frame.length);
    if (capLen < headersLen) t.is(columns.stop, 'truncated', `${capLen} of ${headersLen} header bytes`);
    else t.deepEqual(columns, whole, `${capLen} bytes, all headers`);
    assertAgrees(t, prefix, linkType, frame.length);
  }
});

/** A frame whose `fields` lie stops where it is first wrong, and says which lengths disagree. */
export const contradicts = test.macro(
  (t, linkType: LinkType, frame: Uint8Array, stop: string, lastLayer: string, says: string) => {
    const columns = decodeSurrounded(t, frame, linkType, frame.length);
    t.is(columns.stop, stop);
    t.is(columns.lastLayer, lastLayer);
    t.is(dissectFrame(frame, linkType, frame.length).at(-1)?.value, says);
    assertAgrees(t, frame, linkType, frame.length);
  },
);

/** Neither random bytes nor a damaged frame throw, read outside the frame, or make tree and columns disagree. */
export const anyBytes = test.macro((t, linkType: LinkType, frame: Uint8Array) => {
  const damage = fc.array(fc.tuple(fc.nat(frame.length - 1), fc.nat(255)), { maxLength: 8 });
  const damaged = fc.tuple(damage, fc.nat(frame.length), fc.nat(70000)).map(([changes, cut, missing]) => {
    const bytes = frame.slice(0, frame.length - (cut % (frame.length + 1)) * (missing % 2));
    for (const [offset, value] of changes) if (offset < bytes.length) bytes[offset] = value;
    return { bytes, origLen: missing % 3 === 0 ? bytes.length + missing : bytes.length };
  });
  const random = fc.uint8Array({ maxLength: 200 }).map((bytes) => ({ bytes, origLen: bytes.length }));
  const property = fc.property(fc.oneof(damaged, random), ({ bytes, origLen }) => {
    decodeSurrounded(t, bytes, linkType, origLen);
    assertAgrees(t, bytes, linkType, origLen);
  });
  check(t, property);
});

/** Runs a property within bounds and prints its seed; FC_SEED repeats a run. */
export function check<T>(t: ExecutionContext, property: fc.IProperty<T>, numRuns = 300): void {
  const seed = Number(process.env.FC_SEED ?? Date.now() % 0x7fffffff);
  t.log(`fast-check seed ${seed}`);
  fc.assert(property, { seed, numRuns, interruptAfterTimeLimit: 5000, markInterruptAsFailure: false });
  t.pass();
}
