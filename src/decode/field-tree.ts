/**
 * The tree of fields while it grows: layers, and in the open layer groups within groups.
 *
 *     layers   [ Ethernet II ][ Internet Protocol Version 4 ][ ... ]
 *                                └ Options  ← the open group: add() puts fields here
 *
 * Bounded, whatever the wire says: a layer shows maxFields fields, a tree maxLayers layers; the rest is counted
 * and said to be missing.
 */
import type { Field } from './field.js';

/** A Field that is still being filled. */
export interface OpenField extends Field {
  value: string;
  len: number;
  readonly children: OpenField[];
}

const maxFields = 512;
const maxLayers = 64;

export class FieldTree {
  private readonly layers: OpenField[] = [];
  private layerCount = 0;
  private fieldCount = 0;
  private layer: OpenField = newField('', '', '', 0, 0);
  private group: OpenField = this.layer;

  get fields(): readonly Field[] {
    return this.layers;
  }

  /** Layers that were left out because the tree has as many as it may. */
  get hiddenLayers(): number {
    return Math.max(0, this.layerCount - maxLayers);
  }

  /** True where the open layer shows as many fields as it may: no need to read on. */
  get isFull(): boolean {
    return this.fieldCount > maxFields;
  }

  openLayer(name: string, offset: number): OpenField {
    this.layer = newField(name, '', '', offset, 0);
    this.group = this.layer;
    this.fieldCount = 0;
    this.layerCount++;
    if (this.layerCount <= maxLayers) this.layers.push(this.layer);
    return this.layer;
  }

  /** Adds what stands behind the headers: payload, padding, why decoding stopped. Always shown. */
  addTrailer(name: string, value: string, meaning: string, offset: number, len: number): void {
    this.layers.push(newField(name, value, meaning, offset, len));
  }

  /** Adds a field to the open group. */
  add(name: string, value: string, meaning: string, offset: number, len: number): OpenField {
    const field = newField(name, value, meaning, offset, len);
    this.fieldCount++;
    if (this.fieldCount <= maxFields) this.group.children.push(field);
    else if (this.fieldCount === maxFields + 1) {
      this.layer.children.push(newField('Not shown', `all after ${maxFields} fields`, '', offset, 0));
    }
    return field;
  }

  /** Adds the layers of another tree to the open group, as they are; they count as one field each. */
  adopt(fields: readonly Field[]): void {
    for (const field of fields) {
      const added = this.add(field.name, field.value, field.meaning, field.offset, field.len);
      added.children.push(...(field.children as OpenField[]));
    }
  }

  /** Makes `field` the open group; @returns the one that was open, to be opened again. */
  openGroup(field: OpenField): OpenField {
    const outer = this.group;
    this.group = field;
    return outer;
  }
}

function newField(name: string, value: string, meaning: string, offset: number, len: number): OpenField {
  return { name, value, meaning, offset, len, children: [] };
}
