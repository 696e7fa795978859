import test from 'ava';
import { cannot } from '../capture/ring-lab.js';
import { finished, printed, start } from '../cli/run.js';
import { makeLab } from '../lab/lab.js';
import { removeLeftovers } from '../lab/netns.js';
import { type VerifyScene, verifyScenes } from '../lab/verify-scenarios.js';

interface Record {
  verdict: string;
  exitCode: number;
  canary: string;
  blindBecause: string | null;
  watched: { interface: string; dropped: number | null; blindBecause: string | null }[];
  findings: { id: string; severity: string; interface: string }[];
}

const seconds = 2;

test.before(() => {
  if (cannot === '') removeLeftovers();
});

/** Runs the scene; its record is what the program printed. */
async function play(scene: VerifyScene): Promise<{ code: number | null; record: Record; text: string }> {
  const lab = await makeLab();
  try {
    await scene.setup?.(lab);
    const forSeconds = `${scene.seconds ?? seconds}`;
    const args = ['verify', '--netns', lab.host.name, '--format', 'json', '--for', forSeconds];
    const child = start([...args, ...(scene.args ?? [])]);
    const result = finished(child);
    await printed(child, 'watching');
    await scene.traffic?.(lab, child);
    const { code, stdout } = await result;
    return { code, record: JSON.parse(stdout) as Record, text: stdout };
  } finally {
    lab.remove();
  }
}

for (const scene of verifyScenes) {
  test.serial(`verify: ${scene.title}: ${scene.verdict}`, async (t) => {
    if (cannot !== '') {
      t.log(`skipped: ${cannot}`);
      t.pass();
      return;
    }
    const { code, record, text } = await play(scene);
    t.is(record.verdict, scene.verdict, text);
    t.is(record.exitCode, scene.exitCode);
    t.is(code, scene.exitCode);
    t.is(record.canary, 'seen');
    const found = record.findings.filter(
      ({ severity, id }) => severity !== 'note' && !id.startsWith('setting-'),
    );
    const names = found.map(({ id, interface: where }) => `${id} ${where}`);
    t.deepEqual(names.filter((name) => name !== scene.mayFind).sort(), [...scene.findings].sort(), text);
    const reasons = [record.blindBecause, ...record.watched.map(({ blindBecause }) => blindBecause)].join(
      '\n',
    );
    if (scene.because !== undefined) t.regex(reasons, scene.because);
    else t.notRegex(reasons, /\w/);
    if (scene.says !== undefined) t.regex(text, scene.says);
  });
}
