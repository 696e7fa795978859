import fs from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root } from './corpus.js';

/** Folders of src/ in the order in which data moves: a folder imports from those of a lower rank, and from itself. */
const ranks: Record<string, number> = {
  format: 0,
  capture: 1,
  host: 2,
  decode: 2,
  filter: 3,
  classify: 3,
  flow: 4,
  analysis: 5,
  verify: 6,
  report: 7,
  tui: 7,
  cli: 8,
};

/** Packages and modules that few files may import, and which. */
const reserved: Record<string, (file: string) => boolean> = {
  blessed: (file) => file.startsWith('tui/'),
  cap: (file) => file === 'capture/cap-child.ts',
  'pcap-parser': (file) => file === 'capture/pcap-parser-source.ts',
  fzstd: (file) => file.startsWith('capture/'),
  commander: (file) => file.startsWith('cli/'),
  'node:fs': (file) => /^(capture|host|cli)\//.test(file),
};

/** The addon is a file of the build, which one file loads. */
const addonLoader = 'capture/native.ts';

const maxLines = 300;
const src = path.join(root, 'src');

interface SourceFile {
  /** Path below src/. */
  readonly file: string;
  readonly text: string;
  /** As written. */
  readonly imports: readonly string[];
}

/** The addon and the opener, in C. */
const native = fs
  .readdirSync(path.join(src, 'native'))
  .map((name) => ({ file: `native/${name}`, text: fs.readFileSync(path.join(src, 'native', name), 'utf8') }));

const files: SourceFile[] = fs
  .readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
  .map((file) => {
    const text = fs.readFileSync(path.join(src, file), 'utf8');
    const imports = [...text.matchAll(/(?:from|import\(|createRequire\(import\.meta\.url\)\()\s*'([^']+)'/g)];
    return { file: file.split(path.sep).join('/'), text, imports: imports.map(([, name]) => name) };
  });

/** The file below src/ that a relative import means. */
function resolve(from: string, imported: string): string {
  return path.posix.join(path.posix.dirname(from), imported).replace(/\.js$/, '.ts');
}

function folderOf(file: string): string {
  return file.split('/')[0];
}

test('every folder has its rank', (t) => {
  t.deepEqual(
    [...new Set(files.map(({ file }) => folderOf(file)))].filter((folder) => !(folder in ranks)),
    [],
  );
});

test('a folder imports only from folders before it', (t) => {
  const wrong = files.flatMap(({ file, imports }) =>
    imports
      .filter((name) => name.startsWith('.'))
      .map((name) => resolve(file, name))
      .filter(
        (target) => folderOf(target) !== folderOf(file) && ranks[folderOf(target)] >= ranks[folderOf(file)],
      )
      .map((target) => `${file} imports ${target}`),
  );
  t.deepEqual(wrong, []);
});

test('no file imports itself through others', (t) => {
  // Types are gone when the program runs, so only imports of values can make a cycle.
  const valueImports = new Map(
    files.map(({ file, text }) => {
      const matches = [...text.matchAll(/^(?:import|export)\s+(?!type\b)[^;]*?from\s+'(\.[^']+)'/gm)];
      return [file, matches.map(([, name]) => resolve(file, name))];
    }),
  );
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, trail: readonly string[]): void => {
    if (trail.includes(file)) cycles.push([...trail.slice(trail.indexOf(file)), file].join(' → '));
    if (done.has(file) || trail.includes(file)) return;
    for (const target of valueImports.get(file) ?? []) visit(target, [...trail, file]);
    done.add(file);
  };
  for (const { file } of files) visit(file, []);
  t.deepEqual(cycles, []);
});

test('packages and the file system are imported only where they belong', (t) => {
  const wrong = files.flatMap(({ file, imports }) =>
    imports
      .filter((name) => name in reserved && !reserved[name](file))
      .map((name) => `${file} imports ${name}`),
  );
  t.deepEqual(wrong, []);
});

test('one file loads the native addon', (t) => {
  const loaders = files.filter(({ text }) => /build\/Release|\.node'/.test(text) && !/cap\.node/.test(text));
  t.deepEqual(
    loaders.map(({ file }) => file),
    [addonLoader],
  );
});

test('no file is longer than can be read in one sitting, unless its header says why', (t) => {
  const long = [...files, ...native].filter(
    ({ text }) => text.split('\n').length > maxLines && !/^\/\*[\s\S]*?Long because/.test(text),
  );
  t.deepEqual(
    long.map(({ file }) => file),
    [],
  );
});

test('every file begins by saying what it knows', (t) => {
  const bare = [...files, ...native].filter(({ text }) => !text.startsWith('/*'));
  t.deepEqual(
    bare.map(({ file }) => file),
    [],
  );
});

test('the lock file and the configuration name no registry', (t) => {
  for (const name of ['package-lock.json', '.npmrc', 'package.json']) {
    const text = fs.readFileSync(path.join(root, name), 'utf8');
    t.notRegex(text, /:\/\/registry|"resolved"|registry *=/, name);
  }
});
