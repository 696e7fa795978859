// Compiles the native part of the live engine (src/native) with node-gyp, on Linux, when its sources have changed.
// Run by `npm run setup` and when the package is installed. A failure is said and costs only that engine. With
// --once it is not tried again until something has changed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const stampFile = path.join(root, 'build', '.loscope-native');
const outputs = ['loscope.node', 'loscope-open'].map((name) => path.join(root, 'build', 'Release', name));
const shownLines = 6;
const isQuiet = process.argv.includes('--once');

if (process.platform !== 'linux') say('the fast live engine is for Linux');
else if (!isCurrent()) compile();
else if (!isQuiet) say('the fast live engine is compiled already');

function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}

/** Of everything that the result depends on; Node-API is the same in every Node. */
function sourceHash() {
  const folder = path.join(root, 'src', 'native');
  const files = ['binding.gyp', ...fs.readdirSync(folder).map((name) => path.join('src', 'native', name))];
  const hash = createHash('sha256').update(process.arch);
  for (const file of files.sort()) hash.update(file).update(fs.readFileSync(path.join(root, file)));
  return hash.digest('hex');
}

/** Compiled from these sources, or tried once where that is enough. */
function isCurrent() {
  try {
    const [hash, result] = fs.readFileSync(stampFile, 'utf8').split(' ');
    return (
      hash === sourceHash() &&
      ((isQuiet && result === 'failed') || outputs.every((file) => fs.existsSync(file)))
    );
  } catch {
    return false;
  }
}

/** Only root can have made it root's: by the grant. */
function isGranted() {
  const helper = fs.statSync(outputs[1], { throwIfNoEntry: false });
  return helper !== undefined && (helper.mode & 0o007) === 0;
}

function writeStamp(result) {
  fs.mkdirSync(path.dirname(stampFile), { recursive: true });
  fs.writeFileSync(stampFile, `${sourceHash()} ${result}`);
}

function compile() {
  const program = findNodeGyp();
  if (program === null) return say('npm’s node-gyp was not found: going on without the fast live engine');
  say('compiling the fast live engine');
  if (isGranted()) say('loscope-open is made anew and loses its capabilities: run `npm run grant` again');
  const result = spawnSync(process.execPath, [program, 'rebuild', ...headers()], {
    cwd: root,
    encoding: 'utf8',
  });
  writeStamp(result.status === 0 ? 'compiled' : 'failed');
  if (result.status === 0) return;
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}`;
  const lines = output.split('\n').filter((line) => /error|ERR|not found/i.test(line));
  say(
    `it does not compile here: live capture falls back to libpcap\n${lines.slice(0, shownLines).join('\n')}`,
  );
}

/** Node's own headers where they came with it, which saves downloading them. */
function headers() {
  const prefix = path.dirname(path.dirname(process.execPath));
  try {
    const text = fs.readFileSync(path.join(prefix, 'include', 'node', 'node_version.h'), 'utf8');
    const numbers = ['MAJOR', 'MINOR', 'PATCH'].map((part) => text.match(`NODE_${part}_VERSION (\\d+)`)?.[1]);
    return numbers.join('.') === process.versions.node ? [`--nodedir=${prefix}`] : [];
  } catch {
    return [];
  }
}

/** The one that npm brings: npm says where when it runs this, else it lies in npm's own folder. */
function findNodeGyp() {
  const candidates = [process.env.npm_config_node_gyp];
  const npms = [process.env.npm_execpath, ...npmOnPath()].filter(Boolean);
  for (const npm of npms) candidates.push(besideNpm(npm));
  return candidates.find((file) => file && fs.existsSync(file)) ?? null;
}

function npmOnPath() {
  const folders = [path.dirname(process.execPath), ...(process.env.PATH ?? '').split(path.delimiter)];
  return folders.filter(Boolean).map((folder) => path.join(folder, 'npm'));
}

/** …/npm/bin/npm-cli.js, which `npm` is a link to. */
function besideNpm(npm) {
  try {
    const folder = path.dirname(path.dirname(fs.realpathSync(npm)));
    return path.join(folder, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  } catch {
    return null;
  }
}
