/**
 * Something of the host that could not be looked at, and why: blind is never clean.
 */
export interface Unseen {
  readonly area: 'routes' | 'sysctls' | 'firewall' | 'sockets';
  /** `nftables rules`, `policy rules of IPv6` … */
  readonly what: string;
  readonly reason: string;
  /** A command or an action, or ''. */
  readonly fix: string;
}
