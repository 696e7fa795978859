// The bundle compiled ahead: V8 would parse and compile it anew at every start, which is a third of the time of a short
// run. Kept beside it in a file for just this Node and processor, behind a digest of source and code: V8 itself takes
// whatever it is given, and looks at no more of the source than its length. Where it does not fit, the source is compiled.
// Run by `npm run build` and when the package is installed.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import Module, { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

const bundle = fileURLToPath(new URL('../dist/bundle/main.js', import.meta.url));
const digestLen = 20;

if (process.argv[1] === fileURLToPath(import.meta.url) && fs.existsSync(bundle)) writeCodeCache();

function cacheFile() {
  return path.join(path.dirname(bundle), `main-${process.version}-${process.arch}.cache`);
}

/** Of every function, whether this run needs it or not. Costs nothing but the gain where the folder may not be written. */
export function writeCodeCache() {
  const source = fs.readFileSync(bundle);
  setFlagsFromString('--no-lazy');
  const script = new Script(wrapped(source), { filename: bundle });
  setFlagsFromString('--lazy');
  const code = script.createCachedData();
  const whole = `${cacheFile()}.${process.pid}`;
  try {
    fs.writeFileSync(whole, Buffer.concat([digestOf(source, code), code]));
    fs.renameSync(whole, cacheFile());
  } catch (error) {
    fs.rmSync(whole, { force: true });
    process.stderr.write(`setup: starting will take longer: ${error.message}\n`);
  }
}

/** @returns undefined where there is none of this source, or it is damaged */
function readCodeCache(source) {
  try {
    const file = fs.readFileSync(cacheFile());
    const code = file.subarray(digestLen);
    return digestOf(source, code).equals(file.subarray(0, digestLen)) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** Against accidents: who may write the cache may write the bundle. */
function digestOf(source, code) {
  return createHash('sha1').update(source).update(code).digest();
}

function wrapped(source) {
  return Module.wrap(source.toString('utf8'));
}

/** @returns what the bundle exports; undefined where there is none */
export function loadBundle() {
  let source;
  try {
    source = fs.readFileSync(bundle);
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
  const script = new Script(wrapped(source), { filename: bundle, cachedData: readCodeCache(source) });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(bundle), module, bundle, path.dirname(bundle));
  return module.exports;
}
