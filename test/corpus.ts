/**
 * The corpus of captures by others, where it lies beside the repository: a manifest row a file.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root; tests run from dist/test/…. */
export const root = fileURLToPath(new URL('../../', import.meta.url));
const corpus = path.join(root, '..', 'shared', 'corpus');

/** What other analyzers count in one file. */
export interface ManifestRow {
  readonly path: string;
  readonly container: 'ok' | 'truncated' | 'corrupt' | 'unsupported';
  /** Columns by name, numbers where the manifest has them. */
  readonly counts: Readonly<Record<string, number>>;
}

export const isCorpusHere = fs.existsSync(path.join(corpus, 'manifest.tsv'));

/** [] where there is no corpus. */
export function corpusRows(): ManifestRow[] {
  if (!isCorpusHere) return [];
  const [head, ...lines] = fs.readFileSync(path.join(corpus, 'manifest.tsv'), 'utf8').trimEnd().split('\n');
  const columns = head.split('\t');
  return lines.map((line) => {
    const cells = line.split('\t');
    const counts = Object.fromEntries(columns.slice(3).map((name, i) => [name, Number(cells[i + 3])]));
    return {
      path: path.join(corpus, 'files', cells[0]),
      container: cells[1] as ManifestRow['container'],
      counts,
    };
  });
}

/** Every capture in captures/, in order of name. */
export function ownCaptures(): string[] {
  const folder = path.join(root, 'captures');
  return fs
    .readdirSync(folder)
    .filter((name) => /\.pcap(ng)?(\.gz)?$/.test(name))
    .sort()
    .map((name) => path.join(folder, name));
}
