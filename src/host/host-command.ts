/**
 * A program of the host, run to its end in a network namespace, for text that the kernel gives to no file: bounded in time and
 * output. It gets no input, and words only that this program chose.
 */
import { spawnSync } from 'node:child_process';

/** A slow ruleset of a hundred thousand rules prints in about a second. */
const patienceSeconds = 10;
/** For a program that did not end once: there may be hundreds of namespaces to ask. */
const lastPatienceSeconds = 1;
const unended = new Set<string>();
const mostBytes = 64 << 20;

/**
 * The system's own first: users have not always sbin in their PATH, and what npm puts in front may hold another program of
 * the same name (`nft` is a bundler's tracer there).
 */
export const systemPath = '/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin';

/** What it printed, or why there is nothing; `isMissing`: it is not installed. */
export type CommandOutcome =
  | { readonly text: string }
  | { readonly reason: string; readonly isMissing: boolean };

/** @param netns path of a network namespace, or null for this process's own */
export function runHostCommand(netns: string | null, argv: readonly string[]): CommandOutcome {
  const words = netns === null ? argv : ['nsenter', `--net=${netns}`, '--', ...argv];
  const timeoutSeconds = unended.has(argv[0]) ? lastPatienceSeconds : patienceSeconds;
  const { error, status, signal, stdout, stderr } = spawnSync(words[0], words.slice(1), {
    env: { PATH: `${systemPath}:${process.env.PATH ?? ''}`, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutSeconds * 1000,
    killSignal: 'SIGKILL',
    maxBuffer: mostBytes,
    encoding: 'utf8',
  });
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT') {
    unended.add(argv[0]);
    const reason = `${argv[0]} did not end within ${timeoutSeconds} ${timeoutSeconds === 1 ? 'second' : 'seconds'}`;
    return { reason, isMissing: false };
  }
  const failure = explain(error as NodeJS.ErrnoException | undefined, words[0]);
  if (failure !== null) return failure;
  // nsenter(1) ends with 127 where the program behind it is not there.
  if (status === 127) return { reason: `${argv[0]} is not installed`, isMissing: true };
  if (status === 0) return { text: stdout };
  const said = stderr.trim().split('\n')[0].slice(0, 200);
  return {
    reason: `${argv[0]} ended with ${signal ?? status}${said === '' ? '' : `: ${said}`}`,
    isMissing: false,
  };
}

function explain(error: NodeJS.ErrnoException | undefined, program: string): CommandOutcome | null {
  switch (error?.code) {
    case undefined:
      return error === undefined ? null : { reason: `${program}: ${error.message}`, isMissing: false };
    case 'ENOENT':
      return { reason: `${program} is not installed`, isMissing: true };
    case 'ENOBUFS':
      return { reason: `${program} printed more than ${mostBytes >> 20} MiB`, isMissing: false };
    default:
      return { reason: `${program}: ${error!.code}`, isMissing: false };
  }
}
