/**
 * What an interface of a source is called, by people and by filters.
 */
import type { FrameBatch } from '../capture/frame-batch.js';
import type { CaptureInterface, Source } from '../capture/source.js';
import type { BatchOrigin } from '../filter/frame-filter.js';

/** Its name; where the capture names none, the file's, with and without folders. */
export function interfaceNames(source: Source, { name }: CaptureInterface): string[] {
  return name === '' ? [source.name, source.name.slice(source.name.lastIndexOf('/') + 1)] : [name];
}

/** Of the batch that a source has lent. */
export function originOf(source: Source, { interfaceId }: Pick<FrameBatch, 'interfaceId'>): BatchOrigin {
  const captured = source.interfaces[interfaceId];
  return { interfaceNames: interfaceNames(source, captured), interfaceIndex: captured.index ?? 0 };
}
