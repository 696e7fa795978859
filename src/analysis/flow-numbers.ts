/**
 * Ids of flows where only some packets are counted: those of the table of counted flows, and those that are shown, which
 * number the flows of the whole capture.
 */
export class FlowNumbers {
  /** By counted id. */
  #shown = new Uint32Array(1024);
  readonly #counted = new Map<number, number>();

  /** @param counted and shown ids of packets; 0 for packets of no flow */
  note(counted: Uint32Array, shown: Uint32Array, count: number): void {
    for (let i = 0; i < count; i++) {
      const id = counted[i];
      if (id === 0) continue;
      if (id >= this.#shown.length) {
        const more = new Uint32Array(Math.max(2 * this.#shown.length, id + 1));
        more.set(this.#shown);
        this.#shown = more;
      }
      if (this.#shown[id] !== 0) continue;
      this.#shown[id] = shown[i];
      this.#counted.set(shown[i], id);
    }
  }

  shownOf(counted: number): number {
    return this.#shown[counted] ?? 0;
  }

  /** 0 for a flow of which nothing was counted. */
  countedOf(shown: number): number {
    return this.#counted.get(shown) ?? 0;
  }
}
