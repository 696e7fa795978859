/**
 * The own addresses of the namespace that is watched, read again while it is: a hairpin is known by them, and they change.
 * A router's table may be megabytes of text, so that it is read the less often the longer it takes.
 */
import type { NamespaceLook } from '../capture/namespace-look.js';
import type { HostModel } from '../host/host-model.js';
import { linuxHostOf } from '../host/linux-host.js';

const leastEveryMs = 1000;
/** At most a hundredth of the time goes into reading. */
const restPerRead = 99;

export class OwnHost {
  model: HostModel;
  #key: string;
  #nextMs = 0;

  constructor(readonly look: NamespaceLook) {
    this.model = this.#read();
    this.#key = keyOf(this.model);
  }

  /** Reads the addresses again when it is time to. @returns whether they changed */
  refresh(): boolean {
    if (performance.now() < this.#nextMs) return false;
    const model = this.#read();
    const key = keyOf(model);
    if (key === this.#key) return false;
    this.model = model;
    this.#key = key;
    return true;
  }

  #read(): HostModel {
    const beganMs = performance.now();
    const model = linuxHostOf(this.look.hostTables());
    const nowMs = performance.now();
    this.#nextMs = nowMs + Math.max(leastEveryMs, restPerRead * (nowMs - beganMs));
    return model;
  }
}

function keyOf({ local }: HostModel): string {
  return local.map(({ bytes, prefixLen }) => `${bytes.join('.')}/${prefixLen}`).join(' ');
}
