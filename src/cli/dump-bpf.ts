/**
 * `--dump-bpf`: the program that a filter becomes, as `tcpdump -d` shows it, or as JSON.
 */
import { vocabulary } from '../analysis/filter-words.js';
import { kernelCompiler, planLiveFilter } from '../analysis/live-filter.js';
import { openSources } from '../analysis/open-sources.js';
import type { FilesSpec } from '../analysis/source-spec.js';
import type { BpfInstruction } from '../capture/bpf.js';
import { LinkType } from '../capture/link-type.js';
import { compileTree, explained, parseFilter } from '../filter/compile.js';
import { dumpProgram, dumpProgramJson } from '../filter/dump.js';
import { keepAll } from '../filter/emit.js';
import { complain } from './diagnostics.js';
import { ExitCode } from './exit-code.js';

export type DumpForm = 'text' | 'json';

/** For Ethernet in the kernel, which loopback is, too. */
export function dumpLive(filter: string, form: DumpForm): number {
  const program = kernelCompiler(filter, LinkType.ethernet, keepAll);
  const { hereText } = planLiveFilter(filter);
  print(program, LinkType.ethernet, form);
  if (hereText !== '')
    complain(`filter: the program lets more through; \`${hereText}\` is decided behind it`);
  return ExitCode.ok;
}

/** For the link type of the first frames. */
export async function dumpForFiles(spec: FilesSpec, form: DumpForm): Promise<number> {
  const text = spec.filter ?? '';
  const sources = await openSources(spec);
  try {
    for await (const batch of sources[0]) {
      const program = explained(text, () => compileTree(parseFilter(text, vocabulary), batch.linkType));
      print(program, batch.linkType, form);
      batch.release();
      break;
    }
  } finally {
    await Promise.all(sources.map((source) => source.close()));
  }
  return ExitCode.ok;
}

function print(program: readonly BpfInstruction[], linkType: number, form: DumpForm): void {
  process.stdout.write(`${form === 'json' ? dumpProgramJson(program, linkType) : dumpProgram(program)}\n`);
}
