#!/usr/bin/env node
// Makes a fresh clone ready: libpcap's headers for the optional `cap`, the packages, the build.
// Run by `npm start`, `npm test` and `npm pack`; does nothing that is already done.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const minNode = [20, 19];
/** `--tests`: also what only the tests need. */
const isForTests = process.argv.includes('--tests');
const stampFile = path.join(root, 'node_modules', '.loscope-setup.json');

/** How each package manager installs libpcap's headers. */
const managers = [
  { command: 'apt-get', update: ['update', '-qq'], install: ['install', '-y', '-qq', 'libpcap-dev'] },
  { command: 'dnf', install: ['install', '-y', '-q', 'libpcap-devel'] },
  { command: 'apk', install: ['add', '-q', 'libpcap-dev'] },
  { command: 'brew', install: ['install', '-q', 'libpcap'] },
];

checkNode();
const hasHeaders = ensureHeaders();
installPackages(hasHeaders);
compileNative();
build();

function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}

function fail(text) {
  say(text);
  process.exit(2);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > minNode[0] || (major === minNode[0] && minor >= minNode[1])) return;
  fail(`Node ${process.versions.node} is too old (install Node ${minNode.join('.')} or newer)`);
}

/** Runs quietly; shows what the command printed only when it failed. */
function run(command, args, extraEnv = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...extraEnv },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ok = result.status === 0;
  return { ok, output: `${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}` };
}

function headersArePresent() {
  const preprocess = spawnSync('cc', ['-E', '-'], {
    input: '#include <pcap.h>\n',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  return preprocess.status === 0;
}

/** @returns whether `cap` can be compiled */
function ensureHeaders() {
  if (process.platform === 'win32') return false;
  if (headersArePresent()) return true;
  const manager = managers.find(({ command }) => run(command, ['--version']).ok);
  if (manager === undefined) {
    say('libpcap’s headers are missing: install libpcap’s development package; going on without `cap`');
    return false;
  }
  const line = `${manager.command} ${manager.install.join(' ')}`;
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && manager.command !== 'brew') {
    say(`libpcap’s headers are missing: run \`sudo ${line}\` for live capture; going on without \`cap\``);
    return false;
  }
  say(`installing libpcap’s headers: ${line}`);
  if (!run(manager.command, manager.install, { DEBIAN_FRONTEND: 'noninteractive' }).ok && manager.update) {
    // A new machine has no package lists yet.
    run(manager.command, manager.update);
    run(manager.command, manager.install, { DEBIAN_FRONTEND: 'noninteractive' });
  }
  if (headersArePresent()) return true;
  say(`libpcap’s headers could not be installed: run \`${line}\` by hand; going on without \`cap\``);
  return false;
}

function readStamp() {
  try {
    return JSON.parse(fs.readFileSync(stampFile, 'utf8'));
  } catch {
    return {};
  }
}

function writeStamp(change) {
  fs.writeFileSync(stampFile, JSON.stringify({ ...readStamp(), ...change }));
}

function installPackages(headers) {
  const lock = hashOf([path.join(root, 'package-lock.json')]);
  const stamp = readStamp();
  if (stamp.lock !== lock) {
    say('installing the packages (npm ci)');
    // Install scripts are run one by one below: a package that does not compile must not stop the others.
    const result = run('npm', [
      'ci',
      '--no-audit',
      '--no-fund',
      '--include=dev',
      '--include=optional',
      '--ignore-scripts',
    ]);
    if (!result.ok) fail(`npm ci failed:\n${result.output}`);
    fs.writeFileSync(stampFile, JSON.stringify({ lock }));
  }
  // Tried once: a machine that got the headers since the last time gets `cap` now, one without a compiler is left alone.
  if (headers && readStamp().cap === undefined)
    writeStamp({ cap: compile('cap', 'live capture is not available') });
  if (isForTests && readStamp().nodePty === undefined) {
    writeStamp({ nodePty: compile('node-pty', 'the tests in a real terminal will fail') });
  }
}

/** @returns whether the package compiled */
function compile(name, consequence) {
  say(`compiling ${name}`);
  const { ok, output } = run('npm', ['rebuild', name]);
  if (!ok)
    say(`${name} does not compile here: ${consequence}\n${output.trim().split('\n').slice(-5).join('\n')}`);
  return ok;
}

/** Under npm, whose configuration says where Node's headers are; says itself what went wrong, and is never fatal. */
function compileNative() {
  if (process.platform !== 'linux') return;
  const { output } = run('npm', ['run', '--silent', 'compile', '--', '--once']);
  for (const line of output.split('\n').filter((text) => text.startsWith('setup: '))) say(line.slice(7));
}

function build() {
  const sources = ['tsconfig.json', 'bin/bundle.mjs', 'bin/code-cache.mjs', 'src', 'test'].flatMap((name) =>
    listFiles(path.join(root, name)),
  );
  // What is compiled ahead is for this Node alone.
  const hash = `${hashOf(sources)} ${process.version}`;
  if (readStamp().build === hash && fs.existsSync(path.join(root, 'dist'))) return;
  say('building');
  fs.rmSync(path.join(root, 'dist'), { recursive: true, force: true });
  const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  for (const args of [[compiler, '-p', '.'], [path.join(root, 'bin', 'bundle.mjs')]]) {
    const result = run(process.execPath, args);
    if (!result.ok) fail(`the build failed:\n${result.output}`);
  }
  writeStamp({ build: hash });
}

function listFiles(entry) {
  if (!fs.existsSync(entry)) return [];
  if (!fs.statSync(entry).isDirectory()) return [entry];
  return fs
    .readdirSync(entry, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && /\.(ts|json|mjs)$/.test(file.name))
    .map((file) => path.join(file.parentPath ?? file.path, file.name))
    .sort();
}

function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(path.relative(root, file)).update(fs.readFileSync(file));
  return hash.digest('hex');
}
