// The bundle compiled ahead: V8 would parse and compile it anew at every start, which is a third of the time of a short
// run. Kept beside it in a file for just this Node and processor; where it is absent, or V8 refuses it, the source does.
// Run by `npm run build` and when the package is installed.
import fs from 'node:fs';
import Module, { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

const bundle = fileURLToPath(new URL('../dist/bundle/main.js', import.meta.url));

if (process.argv[1] === fileURLToPath(import.meta.url) && fs.existsSync(bundle)) writeCodeCache();

function cacheFile() {
  return path.join(path.dirname(bundle), `main-${process.version}-${process.arch}.cache`);
}

/** Of every function, whether this run needs it or not. Costs nothing but the gain where the folder may not be written. */
export function writeCodeCache() {
  setFlagsFromString('--no-lazy');
  const script = new Script(Module.wrap(fs.readFileSync(bundle, 'utf8')), { filename: bundle });
  setFlagsFromString('--lazy');
  try {
    fs.writeFileSync(cacheFile(), script.createCachedData());
  } catch (error) {
    process.stderr.write(`setup: starting will take longer: ${error.message}\n`);
  }
}

function readCodeCache() {
  try {
    return fs.readFileSync(cacheFile());
  } catch {
    return undefined;
  }
}

/** @returns what the bundle exports; undefined where there is none */
export function loadBundle() {
  let source;
  try {
    source = fs.readFileSync(bundle, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
  const script = new Script(Module.wrap(source), { filename: bundle, cachedData: readCodeCache() });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(bundle), module, bundle, path.dirname(bundle));
  return module.exports;
}
