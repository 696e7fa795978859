/**
 * The command line: commands, options and help, and what every way out of the program looks like.
 */
import { Command, CommanderError, Option } from 'commander';
import { CaptureError } from '../capture/capture-error.js';
import { outOfFiles } from '../capture/out-of-files.js';
import { FilterError } from '../filter/filter-error.js';
import { complain, complainAboutFilter } from './diagnostics.js';
import { ExitCode, UsageError } from './exit-code.js';
import {
  checkOptions,
  filterMark,
  type Options,
  packetFormats,
  type RawOptions,
  summaryFormats,
  verdictFormats,
} from './options.js';
import { packageVersion } from './package-version.js';

const exitCodes = `
Exit codes: 0 done; 2 usage, or something cannot be opened; 3 done but blind in
part (drops, a damaged file, an interface that vanished); 130 interrupted, 143
terminated. What was read is always reported.`;

const verdictCodes = `
Exit codes: 0 clean, and able to see; 1 a leak; 2 usage, or something cannot be
opened; 3 no leak, but blind in part (drops, no permission, an interface that
went down, a damaged file); 130 interrupted, 143 terminated.`;

const exposureWords = `
reached by, unless a firewall refuses: this host (a loopback address);
neighbours on eth0 (a link-local address, or route_localnet lets them reach
127.0.0.1); network of eth0 (an own address: whoever can send to it); everyone
(0.0.0.0 or ::, by any address); published by a rule (of the firewall, that
hands packets from outside on to a loopback address). udp knows no listening:
each socket with a port and without a peer is listed, also those of clients.
A process is none found where the kernel itself, or one outside this /proc,
holds the socket. queue: connections not accepted yet, or bytes not read yet.

Exit codes: 0 done, or --watch was interrupted; 2 usage, or cannot be asked; 3
some owner or setting could not be seen.`;

const collect = (value: string, before: string[] = []): string[] => [...before, value];

/** Options that several commands share, in the order of the help. */
function withCommonOptions(command: Command, formats: string): Command {
  return command
    .option('--engine <name>', 'fast (ours) or reference (the packages `cap` and `pcap-parser`)')
    .option('--host <address/prefix>', 'an own address of the captured host (repeatable)', collect)
    .option(
      '--interface-role <name=role>',
      'loopback or wire, for an interface, a file or * (repeatable)',
      collect,
    )
    .option('--format <name>', formats)
    .option('-n, --no-names', 'numbers instead of names')
    .option('--color <when>', 'auto, always or never')
    .option('-q, --quiet', 'no progress and no closing line')
    .option('-v, --verbose', 'say why, for each packet');
}

/** An option with a value that may be left out would take the filter's first word for it. */
const dumpJsonFlag = '--dump-bpf-json';
const dumpJson = (): Option => new Option(dumpJsonFlag).hideHelp();
const spellDump = (argument: string): string => (argument === '--dump-bpf=json' ? dumpJsonFlag : argument);

function withLiveOptions(command: Command): Command {
  return command
    .option(
      '-i, --interface <name>',
      'interface to capture (repeatable; default every loopback interface)',
      collect,
    )
    .option('--netns <name|pid|path>', 'capture in another network namespace')
    .option('-c, --count <n>', 'stop after n packets')
    .option('--for <seconds>', 'stop after so long')
    .option('-w, --write <file>', 'also write what is captured, as pcapng')
    .option('-s, --snaplen <bytes>', 'keep at most so many bytes of a packet')
    .option('-B, --buffer <MiB>', 'size of the kernel’s capture buffer (default 64)')
    .option('--retain <MiB>', 'memory for packets that the dashboard can show (default 256)')
    .option('--ascii', 'draw the dashboard in ASCII');
}

/** A command: operands and checked options to an exit code. */
type Action = (operands: readonly string[], options: Options) => Promise<number>;
/** Commands are loaded when they are run, so that none pays for the others. */
type LoadAction = () => Promise<Action>;

function buildProgram(done: (code: number) => void): Command {
  const program = new Command('loscope');
  const run =
    (formats: readonly string[], load: LoadAction) =>
    async (operands: string[], _options: unknown, command: Command) => {
      const options = checkOptions(command.optsWithGlobals<RawOptions>(), formats);
      const action = await load();
      done(await action(operands, options));
    };
  const packetFormatHelp = 'text, ndjson, json or none (none only counts)';
  program
    .description('Tells, for every packet on a loopback interface, how it got there.')
    .version(packageVersion(), '-V, --version')
    .helpOption('-h, --help')
    .addHelpText('after', exitCodes)
    .usage('[options] [command]')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      outputError: (text) =>
        complain(
          `${text
            .replace(/^error: /, '')
            .trim()
            .replace(/\s*\n\s*/g, ' ')} (--help shows the usage)`,
        ),
    });
  withLiveOptions(withCommonOptions(program, packetFormatHelp))
    .argument('[command]')
    .action(async (name: string | undefined, _options: unknown, command: Command) => {
      if (name !== undefined)
        throw new UsageError(`unknown command ${name} (loscope --help lists the commands)`);
      const { openLoopback } = await import('./dashboard.js');
      done(await openLoopback(checkOptions(command.opts<RawOptions>(), packetFormats)));
    });
  withLiveOptions(withCommonOptions(program.command('live'), packetFormatHelp))
    .description('capture; the dashboard on a terminal, else a line a packet')
    .argument('[filter...]', 'pcap-filter text, as for tcpdump')
    .option('--resolve', 'look up names of hosts in the filter')
    .option('--observe-copies', 'also the copies of own broadcasts and multicasts (through nftables)')
    .option('--dump-bpf', 'show the program of the filter (--dump-bpf=json: as data)')
    .addOption(dumpJson())
    .action(run(packetFormats, async () => (await import('./live.js')).live));
  withCommonOptions(withFilterMark(program.command('read')), packetFormatHelp)
    .description('open captures (pcap, pcapng; plain, gzip, zstd, lz4; - is standard input)')
    .argument('<file...>', 'capture files, merged by time; then a filter, as for tcpdump')
    .option('-c, --count <n>', 'stop after n packets')
    .option('--resolve', 'look up names of hosts in the filter')
    .option('--dump-bpf', 'show the program of the filter (--dump-bpf=json: as data)')
    .addOption(dumpJson())
    .option('-f, --follow', 'wait at the end of a file for more of it, as tail -f does')
    .option('--for <seconds>', 'stop after so long')
    .option('--ascii', 'draw the dashboard in ASCII')
    .action(run(packetFormats, async () => (await import('./read.js')).read));
  withCommonOptions(withFilterMark(program.command('summary')), 'text or json')
    .description('one report over all packets; begins with the verdicts')
    .argument('<file...>', 'capture files, merged by time; then a filter, as for tcpdump')
    .option('-c, --count <n>', 'stop after n packets')
    .option('--resolve', 'look up names of hosts in the filter')
    .option('-o, --output <file>', 'write the report there')
    .action(run(summaryFormats, async () => (await import('./summary.js')).summary));
  program
    .command('verify')
    .description('is anything of loopback on a wire? watches interfaces, or reads captures')
    .argument('[file...]', 'capture files; none: watch the interfaces of this host')
    .option('-i, --interface <name>', 'interface to watch (repeatable; default all but loopback)', collect)
    .option('--netns <name|pid|path>', 'watch in another network namespace')
    .option('--all-netns', 'watch in every network namespace at once: containers, pods')
    .option('--for <seconds>', 'watch so long (default 10)')
    .option(
      '--probe',
      'also try to make this host leak, by sending to itself in every way (what leaves is shown)',
    )
    .option('--observe-copies', 'count the copies of own broadcasts and multicasts (through nftables)')
    .option('--except <filter>', 'frames to leave out of the findings, in pcap-filter’s language')
    .option('-B, --buffer <MiB>', 'size of the kernel’s buffer for each interface')
    .option('--host <address/prefix>', 'an own address of the host of the captures (repeatable)', collect)
    .option('--interface-role <name=role>', 'loopback or wire, for captures (repeatable)', collect)
    .option('--format <name>', 'text, json, junit or sarif')
    .option('-o, --output <file>', 'write the report there')
    .option('--color <when>', 'auto, always or never')
    .option('-q, --quiet', 'no progress')
    .addHelpText('after', verdictCodes)
    .action(run(verdictFormats, async () => (await import('./verify.js')).verify));
  program
    .command('path')
    .description('the way of a datagram to an address on this host, and why (none is sent)')
    .argument('<address>', 'an address of either version, fe80::1%eth0, or a name')
    .option('--netns <name|pid|path>', 'ask in another network namespace')
    .option('--format <name>', 'text or json')
    .option('--color <when>', 'auto, always or never')
    .option('--ascii', 'draw in ASCII')
    .action((address: string, options: unknown, command: Command) =>
      run(summaryFormats, async () => (await import('./path.js')).path)([address], options, command),
    );
  const withoutOperands = (command: Command, load: LoadAction): Command =>
    command
      .option('--netns <name|pid|path>', 'look into another network namespace')
      .option('--format <name>', 'text or json')
      .action((options: unknown, self: Command) => run(summaryFormats, load)([], options, self));
  withoutOperands(
    program
      .command('services')
      .description('what listens here, whose it is, who is connected, and who can reach it')
      .option('--watch', 'say what comes, goes or is reached by others, until interrupted')
      .option('-v, --verbose', 'also command lines, containers and peers')
      .addHelpText('after', exposureWords),
    async () => (await import('./services.js')).services,
  );
  withoutOperands(
    program
      .command('interfaces')
      .description('what can be captured here, by which engine, and what is missing'),
    async () => (await import('./interfaces.js')).interfaces,
  );
  withoutOperands(
    program
      .command('doctor')
      .description('check the host and the installation; a line and a fix for each finding')
      .option('--color <when>', 'auto, always or never'),
    async () => (await import('./doctor.js')).doctor,
  );
  return program;
}

/** What stands behind `--` is told from what stands before it, which commander does not: a filter begins there. */
function withFilterMark(command: Command): Command {
  const parse = command.parseOptions.bind(command);
  command.parseOptions = (argv) => {
    const end = argv.indexOf('--');
    return parse(end < 0 ? argv : [...argv.slice(0, end + 1), filterMark, ...argv.slice(end + 1)]);
  };
  return command;
}

/** Runs one command line. @returns the exit code */
export async function main(argv: readonly string[]): Promise<number> {
  let code: number = ExitCode.ok;
  const program = buildProgram((result) => {
    code = result;
    // For a pipe that was closed: see bin/loscope.
    process.exitCode = result;
  });
  try {
    await program.parseAsync(argv.map(spellDump), { from: 'user' });
    return code;
  } catch (thrown) {
    const error = outOfFiles(thrown, 'this process') ?? thrown;
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    if (error instanceof CaptureError || error instanceof UsageError) {
      complain(error.message);
      return ExitCode.usage;
    }
    if (error instanceof FilterError) {
      complainAboutFilter(error);
      return ExitCode.usage;
    }
    throw error;
  }
}
