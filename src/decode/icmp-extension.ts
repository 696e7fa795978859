/**
 * What may follow the quoted datagram of an ICMP error: objects that say more about it.
 * Reference: RFC 4884 7; IANA icmp-parameters for the classes.
 *
 *      0                   1          2          4
 *     | version · reserved | reserved | checksum | objects: length 2 | class 1 | type 1 | data ...
 */
import { checksumVerdict, sumOfWords } from './checksum.js';
import type { Dissector } from './dissector.js';

const objectHeaderLen = 4;

const classes = new Map<number, string>([
  [1, 'MPLS label stack'],
  [2, 'interface information'],
  [3, 'interface identification'],
  [4, 'extended information'],
  [5, 'node identification'],
]);

/** Notes what is left of an ICMP message as an extension structure. */
export function dissectIcmpExtension(dissector: Dissector): void {
  if (dissector.left < objectHeaderLen) return;
  const { view, at, end } = dissector;
  dissector.group('Extension', dissector.left, () => {
    dissector.part('Version', dissector.peek8() >> 4, '', at, 1);
    dissector.skip(2);
    dissector.hex16('Checksum', (field) =>
      field === 0 ? '0: none' : checksumVerdict(sumOfWords(view, at, end), field),
    );
    while (dissector.left >= objectHeaderLen && !dissector.isFull) dissectObject(dissector);
    return '';
  });
}

function dissectObject(dissector: Dissector): void {
  const objectLen = dissector.peek16();
  if (objectLen < objectHeaderLen) {
    dissector.rest('Malformed object', dissector.left, `length ${objectLen} is less than ${objectHeaderLen}`);
    return;
  }
  dissector.group('Object', objectLen, () => {
    dissector.uint16('Length');
    const objectClass = dissector.uint8('Class', (value) => classes.get(value) ?? '');
    dissector.uint8('Type');
    return classes.get(objectClass) ?? '';
  });
}
