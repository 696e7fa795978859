/**
 * Opens what a SourcesSpec says.
 */
import { openCapture } from '../capture/open-capture.js';
import type { Source } from '../capture/source.js';
import type { FilesSpec, SourcesSpec } from './source-spec.js';

/** @throws CaptureError, with nothing left open */
export async function openSources(spec: SourcesSpec): Promise<Source[]> {
  if (spec.kind === 'files') return openFiles(spec);
  // Loaded here, so that reading a file does not pay for what captures.
  return (await import('./open-live.js')).openLive(spec);
}

async function openFiles({ paths, engine, follow, spoolBytes }: FilesSpec): Promise<Source[]> {
  const sources: Source[] = [];
  try {
    for (const path of paths) sources.push(await openCapture(path, engine, { follow, spoolBytes }));
  } catch (error) {
    await Promise.all(sources.map((source) => source.close()));
    for (const { frames } of sources) frames?.access.close();
    throw error;
  }
  return sources;
}
