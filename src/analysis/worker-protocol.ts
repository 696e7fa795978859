/**
 * What passes between the dashboard's thread and the analyzer's: questions with a number, answers with the same
 * number in any order, and news. All of it is plain data.
 *
 *     main   { id 7, name 'rows', args [0, 40, {}] }  ──▶   worker
 *            ◀──  { id 7, value { total, rows } }   or   { id 7, error }   or   'news'
 */
import { CaptureError, type CaptureErrorCode } from '../capture/capture-error.js';
import type { SourceFormat } from '../capture/source.js';
import type { AnalyzerPort, Outcome } from './port.js';
import type { AnalysisSpec } from './session.js';
import type { SourcesSpec } from './source-spec.js';

/** A source that was opened, as far as a title needs it. */
export interface OpenedSource {
  readonly name: string;
  readonly format: SourceFormat;
  /** As Source has it. */
  readonly needsPrivilege: boolean;
}

/** What the worker can be asked: the analyzer's port, and to begin and end. */
export interface AnalysisService extends Omit<AnalyzerPort, 'onNews'> {
  /** Opens the sources; may be asked again after it was refused. */
  open(sources: SourcesSpec, spec: AnalysisSpec): Promise<readonly OpenedSource[]>;
  /** Opens what is written to and begins to read. Apart from open(), so that privileges can be given up between. */
  start(): Promise<void>;
  /** Answered when the run that start() began is over. */
  ended(): Promise<PlainOutcome>;
}

export type QuestionName = keyof AnalysisService;

export interface Question {
  readonly id: number;
  readonly name: QuestionName;
  readonly args: readonly unknown[];
}

export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: PlainError;
}

/** Frames have come since the last snapshot. */
export const news = 'news';
export type FromWorker = Answer | typeof news;

/** An Outcome that structured clone can carry: it makes plain Errors of errors of a class. */
export interface PlainOutcome extends Omit<Outcome, 'errors'> {
  readonly errors: readonly PlainCaptureError[];
}

interface PlainCaptureError {
  readonly code: CaptureErrorCode;
  readonly where: string;
  readonly what: string;
  readonly byte: number;
  readonly advice: string;
}

/** An error as it crosses: a CaptureError by its members, any other by its text. */
export type PlainError =
  | PlainCaptureError
  | { readonly code: null; readonly message: string; readonly stack: string };

export function plainCaptureError({ code, where, what, byte, advice }: CaptureError): PlainCaptureError {
  return { code, where, what, byte, advice };
}

export function plainError(error: unknown): PlainError {
  if (error instanceof CaptureError) return plainCaptureError(error);
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { code: null, message, stack: stack ?? message };
}

export function errorOf(plain: PlainError): Error {
  if (plain.code === null) return Object.assign(new Error(plain.message), { stack: plain.stack });
  return captureErrorOf(plain);
}

export function captureErrorOf({ code, where, what, byte, advice }: PlainCaptureError): CaptureError {
  return new CaptureError(code, where, what, byte, advice);
}
