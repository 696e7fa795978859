import test, { type ExecutionContext } from 'ava';
import { compareGolden } from '../golden.js';
import { run } from './run.js';

/** The help of a command, or of the program. */
async function help(t: ExecutionContext, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run([...args, '--help']);
  t.is(code, 0);
  t.is(stderr, '');
  return stdout;
}

test('loscope --help prints what its golden says', async (t) => {
  compareGolden(t, 'goldens/help/loscope.txt', await help(t, []));
});

test('every command that loscope --help names prints the help that its golden says', async (t) => {
  const listed = (await help(t, [])).split('\nCommands:\n')[1];
  const commands = [...listed.matchAll(/^ {2}(\w+) /gm)]
    .map(([, name]) => name)
    .filter((name) => name !== 'help');
  t.true(commands.length >= 3);
  for (const command of commands) {
    const text = await help(t, [command]);
    t.true(text.startsWith(`Usage: loscope ${command} `));
    compareGolden(t, `goldens/help/${command}.txt`, text);
  }
});

test('-h is --help', async (t) => {
  const { stdout } = await run(['-h']);
  t.is(stdout, await help(t, []));
});
