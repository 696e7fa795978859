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

  /** Reads them again. @returns them as they are now; what they let happen, and what was counted between */
  readAgain(): ReadSettings {
    const before = this.#before;
    if (typeof before === 'string') return unread(before);
    const after = readSettings(this.netns);
    if (typeof after === 'string') return unread(after);
    // What came meanwhile did not drop what was seen before.
    const guards = after.guards.filter((guard) => before.guards.includes(guard));
    return { settings: { ...after, guards }, findings: settingFindings(before, after) };
  }
}

export interface ReadSettings {
  /** null where they cannot be read at all. */
  readonly settings: HostSettings | null;
  readonly findings: Finding[];
}

/**
 * The settings as they are now, without what was counted: the counters are those of all network namespaces together.
 * @param fixPath path of the namespace in commands that mend it; null where they need none
 */
export function settingsNow(netns: string | null, fixPath: string | null): ReadSettings {
  const settings = readSettings(netns);
  if (typeof settings === 'string') return unread(settings);
  const now = { ...settings, netns: fixPath };
  return { settings: now, findings: settingFindings(now, now) };
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

function unread(reason: string): ReadSettings {
  const note: Finding = {
    id: 'setting-unseen',
    severity: 'note',
    title: 'not looked at: the settings of the host',
    interface: '',
    evidence: [settingEvidence(reason)],
    count: 0,
    fix: '',
  };
  return { settings: null, findings: [note] };
}
