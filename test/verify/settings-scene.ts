/**
 * Scenes of settings: a host in a state that must give a finding, whose fix must end it.
 */
import { spawnSync } from 'node:child_process';
import type { ExecutionContext } from 'ava';
import { systemPath } from '../../src/host/host-command.js';
import { readHostSettings } from '../../src/host/host-settings.js';
import type { Finding } from '../../src/verify/finding.js';
import { settingFindings } from '../../src/verify/settings.js';
import { cannot, liveTest } from '../capture/ring-lab.js';
import { type Lab, makeLab } from '../lab/lab.js';
import { removeLeftovers } from '../lab/netns.js';

/** Before the first scene of a file. */
export function prepareScenes(): void {
  // npm puts another program named nft in front.
  process.env.PATH = `${systemPath}:${process.env.PATH}`;
  if (cannot === '') removeLeftovers();
}

export function findingsIn(lab: Lab): Finding[] {
  const settings = readHostSettings(`/run/netns/${lab.host.name}`);
  return settingFindings(settings, settings);
}

/** `id interface`, of one id. */
function named(findings: readonly Finding[], id: string): string[] {
  return findings
    .filter((finding) => finding.id === id)
    .map((finding) => `${id} ${finding.interface}`.trim());
}

export async function withLab(body: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = await makeLab();
  try {
    await body(lab);
  } finally {
    lab.remove();
  }
}

/** Gives each fix to a shell, as a person would who pastes it. */
export function applyFixes(t: ExecutionContext, findings: readonly Finding[], id: string): void {
  for (const { fix } of findings.filter((finding) => finding.id === id)) {
    const { status, stderr } = spawnSync('sh', ['-c', fix], { encoding: 'utf8', timeout: 10_000 });
    t.is(status, 0, `${fix}: ${stderr}`);
  }
}

export interface Scene {
  readonly title: string;
  /** Programs that it needs beside iproute2. */
  readonly needs?: string;
  /** Given in the host's namespace; words apart by spaces. */
  readonly commands: readonly string[];
  readonly id: string;
  readonly severity: 'warning' | 'note';
  /** Interfaces of the findings, '' where one concerns all. */
  readonly interfaces: readonly string[];
  /** In the first piece of evidence. */
  readonly evidence: string;
  /** The first fix, without what enters the namespace. */
  readonly fix: string;
}

export function testScene(scene: Scene): void {
  liveTest(`${scene.title} is ${scene.id}, and its fix ends it`, async (t) => {
    const missing = missingProgram(scene.needs);
    if (missing !== null) {
      t.log(`skipped: ${missing} is not installed`);
      t.pass();
      return;
    }
    await withLab(async (lab) => {
      for (const command of scene.commands) await lab.host.sh(command);
      const findings = findingsIn(lab);
      t.deepEqual(
        named(findings, scene.id),
        scene.interfaces.map((name) => `${scene.id} ${name}`.trim()),
      );
      const first = findings.find(({ id }) => id === scene.id)!;
      t.is(first.severity, scene.severity);
      t.is(first.evidence[0].text, scene.evidence);
      t.is(first.fix, `ip netns exec ${lab.host.name} ${scene.fix}`);
      applyFixes(t, findings, scene.id);
      t.deepEqual(named(findingsIn(lab), scene.id), []);
    });
  });
}

/** The first of the programs that is not installed. */
export function missingProgram(names = ''): string | null {
  const wanted = names.split(' ').filter((name) => name !== '');
  return wanted.find((name) => spawnSync(name, ['--version']).status !== 0) ?? null;
}
