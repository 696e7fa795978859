/**
 * The settings of the host before and after a watch: what lets loopback leave it, and what the kernel refused meanwhile.
 */
import { CaptureError } from '../capture/capture-error.js';
import { netnsPath } from '../capture/live-sockets.js';
import { type HostSettings, readHostSettings } from '../host/host-settings.js';
import { type Finding, settingEvidence } from './finding.js';
import { settingFindings } from './settings.js';

export class SettingsWatch {
  readonly #before: HostSettings | string;

  /** Reads them for the first time. */
  constructor(readonly netns: string | null) {
    this.#before = this.#read();
  }

  /** Reads them again. @returns what they let happen, as they are now, and what was counted between */
  findings(): Finding[] {
    const before = this.#before;
    if (typeof before === 'string') return [unreadNote(before)];
    const after = this.#read();
    return typeof after === 'string' ? [unreadNote(after)] : settingFindings(before, after);
  }

  /** @returns the reason where they cannot be read at all */
  #read(): HostSettings | string {
    try {
      return readHostSettings(this.netns === null ? null : netnsPath(this.netns));
    } catch (error) {
      if (error instanceof CaptureError) return error.message;
      throw error;
    }
  }
}

function unreadNote(reason: string): Finding {
  return {
    id: 'setting-unseen',
    severity: 'note',
    title: 'not looked at: the settings of the host',
    interface: '',
    evidence: [settingEvidence(reason)],
    count: 0,
    fix: '',
  };
}
