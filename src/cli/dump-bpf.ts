/**
 * `--dump-bpf`: the program that a filter becomes, as `tcpdump -d` shows it, or as JSON.
 */
import { openSources } from '../analysis/open-sources.js';
import type { FilesSpec } from '../analysis/source-spec.js';
import { LinkType } from '../capture/link-type.js';
import { compile } from '../filter/compile.js';
import { dumpProgram, dumpProgramJson } from '../filter/dump.js';
import { ExitCode } from './exit-code.js';

export type DumpForm = 'text' | 'json';

/** For Ethernet in the kernel, which loopback is, too. */
export function dumpLive(filter: string, form: DumpForm): number {
  print(filter, LinkType.ethernet, form, true);
  return ExitCode.ok;
}

/** For the link type of the first frames. */
export async function dumpForFiles(spec: FilesSpec, form: DumpForm): Promise<number> {
  const sources = await openSources(spec);
  try {
    for await (const batch of sources[0]) {
      print(spec.filter ?? '', batch.linkType, form, false);
      batch.release();
      break;
    }
  } finally {
    await Promise.all(sources.map((source) => source.close()));
  }
  return ExitCode.ok;
}

function print(filter: string, linkType: number, form: DumpForm, inKernel: boolean): void {
  const program = compile(filter, linkType, { inKernel });
  process.stdout.write(`${form === 'json' ? dumpProgramJson(program, linkType) : dumpProgram(program)}\n`);
}
