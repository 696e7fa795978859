/**
 * What a netlink exchange can end with: the kernel's refusal with its own words, or bytes that contradict the format.
 */
import { getSystemErrorMessage } from '../capture/system-error.js';

export class NetlinkError extends Error {
  override readonly name = 'NetlinkError';

  /**
   * @param code the errno's name where the kernel refused; else `malformed`, `cut`, `timeout`, `interrupted` (a dump
   *   that changed while it was read) or `too-long`
   * @param message one sentence, with the numbers that disagree
   * @param words the kernel's own (NLMSGERR_ATTR_MSG), or ''
   * @param offset of the attribute that the kernel refused, in bytes from the start of the request; -1 if it did not say
   */
  constructor(
    readonly code: string,
    message: string,
    readonly words = '',
    readonly offset = -1,
  ) {
    super(message);
  }
}

export function refusal(errno: number, words: string, offset: number): NetlinkError {
  const { code, text } = getSystemErrorMessage(errno);
  return new NetlinkError(code, words === '' ? text : `${text}: ${words}`, words, offset);
}

export function malformed(what: string): NetlinkError {
  return new NetlinkError('malformed', `netlink: ${what}`);
}
