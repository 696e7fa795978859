/**
 * Exit codes: what scripts may rely on.
 */
export const ExitCode = {
  ok: 0,
  /** Usage, or a file, filter or interface that cannot be opened. */
  usage: 2,
  /** Done, but blind in part: drops, a damaged file, an interface that vanished. */
  blind: 3,
  interrupted: 130,
  terminated: 143,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** A user's mistake that is not a CaptureError: one line, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
