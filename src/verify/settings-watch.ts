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
    this.#before = readSettings(netns);
  }

  /** Reads them again. @returns what they let happen, as they are now, and what was counted between */
  findings(): Finding[] {
    const before = this.#before;
    if (typeof before === 'string') return [unreadNote(before)];
    const after = readSettings(this.netns);
    return typeof after === 'string' ? [unreadNote(after)] : settingFindings(before, after);
  }
}

/**
 * The settings as they are now, without what was counted: the counters are those of all network namespaces together.
 * @param fixPath path of the namespace in commands that mend it; null where they need none
 */
export function settingsNow(netns: string | null, fixPath: string | null): Finding[] {
  const settings = readSettings(netns);
  if (typeof settings === 'string') return [unreadNote(settings)];
  const now = { ...settings, netns: fixPath };
  return settingFindings(now, now);
}

/** @returns the reason where they cannot be read at all */
function readSettings(netns: string | null): HostSettings | string {
  try {
    return readHostSettings(netns === null ? null : netnsPath(netns));
  } catch (error) {
    if (error instanceof CaptureError) return error.message;
    throw error;
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
