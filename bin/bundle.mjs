// Joins the compiled modules into one file for each process and thread: Node then starts the program in half the time.
// CommonJS, because Node 20 loads one such file sooner than the same as a module, and much sooner than 200 modules.
// Run by `npm run build` after the compiler.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { writeCodeCache } from './code-cache.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const src = path.join(root, 'dist', 'src');
const outdir = path.join(root, 'dist', 'bundle');

fs.rmSync(outdir, { recursive: true, force: true });
await build({
  // The program, and what starts in a process or thread of its own beside it.
  entryPoints: ['cli/main.js', 'capture/cap-child.js', 'analysis/worker.js'].map((file) =>
    path.join(src, file),
  ),
  entryNames: '[name]',
  outdir,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  // Native code and packages that look for files beside their own.
  external: ['cap', 'blessed'],
  define: { 'import.meta.url': 'importMetaUrl' },
  banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  logLevel: 'warning',
});
fs.writeFileSync(path.join(outdir, 'package.json'), '{ "type": "commonjs" }\n');
writeCodeCache();
