/**
 * The check of one network namespace: its wires are watched, its copies counted, its settings read before and after.
 */
import type { CopiesWatch } from './copies-watch.js';
import { SettingsWatch } from './settings-watch.js';
import type { Observations } from './verdict.js';
import { Watch } from './watch.js';
import type { WatchSpec } from './watch-spec.js';

export class HostCheck {
  readonly #settings: SettingsWatch;
  #seen: Observations | null = null;

  private constructor(
    readonly watch: Watch,
    readonly copies: CopiesWatch,
  ) {
    this.#settings = new SettingsWatch(watch.spec.netns);
  }

  /**
   * @param copies of the same namespace; ended with the check
   * @throws CaptureError as Watch does
   */
  static async open(spec: WatchSpec, copies: CopiesWatch): Promise<HostCheck> {
    return new HostCheck(await Watch.open(spec), copies);
  }

  /** Names of the interfaces that are watched now. */
  get names(): string[] {
    return this.watch.names;
  }

  /** @param onBegin called when the time begins to run */
  async run(seconds: number, onBegin: () => void): Promise<void> {
    await this.watch.run(seconds, onBegin);
    const copies = await this.copies.close();
    const { settings, findings } = this.#settings.readAgain();
    const seen = this.watch.observations(settings);
    this.#seen = { ...seen, copies, findings: [...seen.findings, ...findings] };
  }

  close(): Promise<void> {
    return this.watch.close();
  }

  /** What was seen, once run() has ended. */
  observations(): Observations {
    return this.#seen!;
  }
}
