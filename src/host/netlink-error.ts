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
   * @param offset of the attribute that the kernel refused, in bytes from the start of the request; -1 if it did not say
   */
  constructor(
    readonly code: string,
    message: string,
    readonly offset = -1,
  ) {
    super(message);
  }
}

/** @param extendedText the kernel's words (NLMSGERR_ATTR_MSG), or '' */
export function refusal(errno: number, extendedText: string, offset: number): NetlinkError {
  const { code, text } = getSystemErrorMessage(errno);
  return new NetlinkError(code, extendedText === '' ? text : `${text}: ${extendedText}`, offset);
}

export function malformed(what: string): NetlinkError {
  return new NetlinkError('malformed', `netlink: ${what}`);
}
