/**
 * The captures that suites read: made once, by size, on first use.
 */
import fs from 'node:fs';
import { type GenerateOptions, generate } from './generate.js';
import type { Scratch } from './scratch.js';

export interface Input extends GenerateOptions {
  readonly file: string;
  readonly fileBytes: number;
}

export class Inputs {
  readonly #made = new Map<string, Input>();

  constructor(
    readonly scratch: Scratch,
    readonly say: (text: string) => void,
  ) {}

  /** The capture of that shape, in the page cache as far as memory allows: it was just written. */
  get(options: GenerateOptions): Input {
    const name = `${options.sizes}-${options.packets}-${options.flows}.pcap`;
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    this.say(`writing ${name}`);
    const file = this.scratch.path(name);
    generate(file, options);
    const input = { ...options, file, fileBytes: fs.statSync(file).size };
    this.#made.set(name, input);
    return input;
  }

  /** Removes a capture that nobody needs again: disks and page caches are finite. */
  drop(input: Input): void {
    fs.rmSync(input.file);
    for (const [name, made] of this.#made) if (made === input) this.#made.delete(name);
  }
}
