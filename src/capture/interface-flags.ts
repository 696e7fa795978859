/** Of the loopback interface of every namespace (LOOPBACK_IFINDEX). */
export const loopbackIndex = 1;
/** IFF_ bits of an interface (linux/if.h). */
export const iffUp = 0x1;
export const iffLoopback = 0x8;
/** The other end is there. */
export const iffLowerUp = 0x10000;
