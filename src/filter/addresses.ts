/** IPv6 addresses as four words. Reference: RFC 4291, 2.2. */

/** @param text that node:net takes for an IPv6 address, without a zone */
export function parseAddress6(text: string): number[] {
  const [head, tail] = text.split('::').map(halves);
  const groups =
    tail === undefined ? head : [...head, ...Array(8 - head.length - tail.length).fill(0), ...tail];
  return [0, 2, 4, 6].map((i) => groups[i] * 0x10000 + groups[i + 1]);
}

/** The 16-bit groups of one side of `::`. */
function halves(side: string): number[] {
  return side
    .split(':')
    .filter((group) => group !== '')
    .flatMap((group) => {
      if (!group.includes('.')) return [Number.parseInt(group, 16)];
      const [a, b, c, d] = group.split('.').map(Number);
      return [a * 256 + b, c * 256 + d];
    });
}
