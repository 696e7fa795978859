/**
 * What kind of address it is, asked once or more per packet.
 * Reference: RFC 1122 3.2.1.3 (IPv4), RFC 4291 2.4 (IPv6), RFC 6890.
 */

/** 127.0.0.0/8. */
export function isLoopbackIpv4(address: number): boolean {
  return address >>> 24 === 127;
}

/** The limited broadcast, and that of the loopback network, which Linux delivers as one though lo has no broadcast. */
export function isBroadcastIpv4(address: number): boolean {
  return address === -1 || address === 0x7fffffff;
}

/** 224.0.0.0/4. */
export function isMulticastIpv4(address: number): boolean {
  return address >>> 28 === 14;
}

/** Not in 0/8 ("this network"), nor multicast, reserved or the limited broadcast. */
export function isUnicastIpv4(address: number): boolean {
  const first = address >>> 24;
  return first !== 0 && first < 224;
}

/** ::1, or an address of 127/8 mapped into IPv6. */
export function isLoopbackIpv6(view: DataView, offset: number): boolean {
  if (view.getInt32(offset) !== 0 || view.getInt32(offset + 4) !== 0) return false;
  const third = view.getInt32(offset + 8);
  const fourth = view.getInt32(offset + 12);
  return third === 0 ? fourth === 1 : third === 0xffff && isLoopbackIpv4(fourth);
}

/** ff00::/8. */
export function isMulticastIpv6(view: DataView, offset: number): boolean {
  return view.getUint8(offset) === 0xff;
}

/** :: */
export function isUnspecifiedIpv6(view: DataView, offset: number): boolean {
  return (
    view.getInt32(offset) === 0 &&
    view.getInt32(offset + 4) === 0 &&
    view.getInt32(offset + 8) === 0 &&
    view.getInt32(offset + 12) === 0
  );
}

export function sameIpv6(view: DataView, a: number, b: number): boolean {
  return (
    view.getInt32(a) === view.getInt32(b) &&
    view.getInt32(a + 4) === view.getInt32(b + 4) &&
    view.getInt32(a + 8) === view.getInt32(b + 8) &&
    view.getInt32(a + 12) === view.getInt32(b + 12)
  );
}
