/**
 * /proc/net/dev: what each interface has carried since it was made, by its own counters.
 * Reference: net/core/net-procfs.c; proc(5).
 *
 *     Inter-|   Receive                                                |  Transmit
 *      face |bytes packets errs drop fifo frame compressed multicast   |bytes packets errs drop …
 *      eth0:  1296      16    0    0    0     0          0         0     1296      16    0    0 …
 */

/** Frames of one interface. */
export interface InterfaceCounters {
  readonly received: number;
  readonly sent: number;
}

const receivedColumn = 1;
const sentColumn = 9;

/** By name; lines that are none of an interface are left out. */
export function parseInterfaceCounters(text: string): Map<string, InterfaceCounters> {
  const counters = new Map<string, InterfaceCounters>();
  for (const [name, rest] of interfaceLines(text)) {
    const columns = rest.split(/ +/).map(Number);
    const received = columns[receivedColumn];
    const sent = columns[sentColumn];
    if (Number.isSafeInteger(received) && Number.isSafeInteger(sent)) counters.set(name, { received, sent });
  }
  return counters;
}

/** Each interface's name, and its counters as text. Of blanks, a name lacks the kernel's, and may have any of Unicode's. */
export function interfaceLines(text: string): [name: string, counters: string][] {
  return text.split('\n').flatMap((line): [string, string][] => {
    const [, name, counters] = /^ *([^ :]+): *(.*)$/s.exec(line) ?? [];
    return name === undefined ? [] : [[name, counters]];
  });
}
