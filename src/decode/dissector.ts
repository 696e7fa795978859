/**
 * The reader behind dissectFrame(): takes one header field after another from a frame and notes each with its
 * name, value, meaning and byte range, in the layer or group that is open.
 *
 *     [ layer ............................ ][ layer ... ]        one Field a layer
 *       field · field · [ group ...... ]                         groups: options, quoted datagrams, flags
 *                          field · field
 *
 * Total by construction: a read that does not fit gives 0, notes nothing and ends its group, so that a dissectX
 * may read on without asking. The tree is bounded (FieldTree), and quotations are dissected one deep.
 */
import { formatIpv4, formatIpv6, formatMac } from '../format/address.js';
import { printableAscii } from '../format/printable.js';
import { formatHex, plural } from '../format/units.js';
import { ipv4Meaning, ipv6Meaning } from './address-meaning.js';
import { Cursor } from './cursor.js';
import type { Field } from './field.js';
import { FieldTree, type OpenField } from './field-tree.js';
import { macMeaning } from './hardware.js';
import { type Layer, Stop } from './layer.js';

/** A meaning, or how to tell it from the value read. */
type Meaning = string | ((value: number) => string);

/** Bytes of a value that are spelled out in hexadecimal or text. */
const maxBytesShown = 32;

/** Runs the layers of a frame through their dissectX, from `layer` on. */
export type DissectLayers = (dissector: Dissector, layer: Layer) => void;

export class Dissector {
  /** What decodeX reads and moves: where the next header starts, where the datagram and the frame end. */
  readonly cursor = new Cursor();
  readonly view: DataView;
  /** Offset of the next byte to read, and of the first byte that the open layer or group may not read. */
  at = 0;
  end = 0;
  /** The name of the layer opened last, where it starts, and the bytes its header needs as far as is known. */
  headerName = '';
  headerOffset = 0;
  needs = 0;
  /** What contradicts the format, said when decoding stops as malformed. */
  contradiction = '';
  /** What follows that is not decoded, said when decoding stops there. */
  unknown = '';
  /** Where the payload ends by the innermost length field; cursor.limit where that is -1. */
  payloadEnd = -1;
  /** Where the addresses of the innermost IP header lie, for the pseudo-header; len 0 before any. */
  addressesOffset = 0;
  addressesLen = 0;
  /** The pseudo-header has another address: a route with hops to go, a mobile node's home. */
  addressesReplaced = false;

  private readonly tree = new FieldTree();
  private open: OpenField | null = null;

  /**
   * @param bytes the whole frame, also for a quotation in it
   * @param origLen bytes that the frame had on the link
   * @param depth 0 for a frame, 1 for the datagram that an ICMP error quotes
   */
  constructor(
    readonly bytes: Uint8Array,
    private readonly dissectLayers: DissectLayers,
    readonly origLen: number,
    readonly depth = 0,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.cursor.view = this.view;
  }

  /** Bytes that the open layer or group may still read. */
  get left(): number {
    return this.end - this.at;
  }

  /** The layers noted so far. */
  get fields(): readonly Field[] {
    return this.tree.fields;
  }

  get hiddenLayers(): number {
    return this.tree.hiddenLayers;
  }

  /** True where the layer shows as many fields as it may: no need to read on. */
  get isFull(): boolean {
    return this.tree.isFull;
  }

  /** True when decoding ended at a header that is cut or contradicts itself. */
  get isBroken(): boolean {
    return this.cursor.stop === Stop.truncated || this.cursor.stop === Stop.malformed;
  }

  /** Opens the layer whose header starts at the cursor and needs at least `headerLen` bytes. */
  layer(name: string, headerLen: number): void {
    this.closeLayer();
    const { offset, end, limit } = this.cursor;
    this.at = offset;
    this.end = Math.max(offset, Math.min(end, limit));
    this.headerName = name;
    this.headerOffset = offset;
    this.needs = headerLen;
    this.contradiction = '';
    this.unknown = '';
    this.open = this.tree.openLayer(name, offset);
  }

  /** What the open layer says in short: `127.0.0.1 → 127.0.0.2`. */
  summary(value: string): void {
    if (this.open !== null) this.open.value = value;
  }

  /** Ends the open layer where reading is. */
  closeLayer(): void {
    if (this.open !== null) this.open.len = this.at - this.open.offset;
    this.open = null;
  }

  /** Notes the bytes from `start` to `end` as a layer of its own, behind the headers. */
  trailer(name: string, start: number, end: number, meaning = ''): void {
    const text = printableAscii(this.bytes.subarray(start, Math.min(end, start + maxBytesShown)));
    const more = end - start > maxBytesShown ? '...' : '';
    this.tree.addTrailer(name, plural(end - start, 'byte'), meaning || text + more, start, end - start);
    this.at = end;
  }

  /** Notes what is concluded of the whole frame, such as why decoding stopped, as the last layer. */
  conclusion(name: string, value: string, meaning: string): void {
    this.tree.addTrailer(name, value, meaning, this.at, 0);
  }

  /** The byte that lies `ahead` of the next one to read, 0 where there is none; reads nothing. */
  peek8(ahead = 0): number {
    return this.at + ahead < this.end ? this.view.getUint8(this.at + ahead) : 0;
  }

  /** The two bytes that lie `ahead`, 0 where they are not there. */
  peek16(ahead = 0): number {
    return this.at + ahead + 1 < this.end ? this.view.getUint16(this.at + ahead) : 0;
  }

  /** Passes over bytes whose parts were noted, as many as there are. */
  skip(len: number): void {
    this.at += Math.max(0, Math.min(len, this.left));
  }

  uint8(name: string, meaning: Meaning = ''): number {
    return this.number(name, 1, meaning, false);
  }

  uint16(name: string, meaning: Meaning = ''): number {
    return this.number(name, 2, meaning, false);
  }

  uint32(name: string, meaning: Meaning = ''): number {
    return this.number(name, 4, meaning, false);
  }

  hex8(name: string, meaning: Meaning = ''): number {
    return this.number(name, 1, meaning, true);
  }

  hex16(name: string, meaning: Meaning = ''): number {
    return this.number(name, 2, meaning, true);
  }

  hex32(name: string, meaning: Meaning = ''): number {
    return this.number(name, 4, meaning, true);
  }

  /** The text of an IPv4 address; '' where it does not fit. */
  ipv4(name: string): string {
    const offset = this.take(4);
    if (offset < 0) return '';
    const address = this.view.getInt32(offset);
    const text = formatIpv4(address);
    this.tree.add(name, text, ipv4Meaning(address), offset, 4);
    return text;
  }

  /** The text of an IPv6 address; '' where it does not fit. */
  ipv6(name: string): string {
    const offset = this.take(16);
    if (offset < 0) return '';
    const text = formatIpv6(this.view, offset);
    this.tree.add(name, text, ipv6Meaning(this.view, offset), offset, 16);
    return text;
  }

  /** The text of a hardware address of `len` bytes; '' where it does not fit. */
  mac(name: string, len = 6): string {
    const offset = this.take(len);
    if (offset < 0) return '';
    const text = formatMac(this.bytes, offset, Math.min(len, maxBytesShown));
    this.tree.add(name, text, macMeaning(this.bytes, offset, len), offset, len);
    return text;
  }

  /** Bytes that are shown in hexadecimal: `len` of them, or as many as there are. */
  rest(name: string, len = this.left, meaning = ''): void {
    const shown = Math.min(len, this.left);
    if (shown <= 0) return;
    const offset = this.take(shown);
    this.tree.add(name, this.hexText(offset, shown), meaning, offset, shown);
  }

  /** A part of a field, at an offset of its own: reads nothing and moves nothing. */
  part(name: string, value: string | number, meaning: string, offset: number, len: number): void {
    if (offset + len <= this.end) this.tree.add(name, String(value), meaning, offset, len);
  }

  /**
   * A field with fields below: `body` reads at most `len` bytes and returns the field's value; bytes that it
   * leaves are noted as data.
   */
  group(name: string, len: number, body: () => string): void {
    const groupEnd = this.at + Math.max(0, Math.min(len, this.left));
    const field = this.tree.add(name, '', '', this.at, groupEnd - this.at);
    const outer = { group: this.tree.openGroup(field), end: this.end };
    this.end = groupEnd;
    field.value = body();
    // A read that did not fit has pulled `end` in; what it could not read is data.
    this.end = groupEnd;
    this.rest('Data');
    this.tree.openGroup(outer.group);
    this.end = outer.end;
  }

  /** The flags of `value`, a field at `offset`, each set or not. */
  flags(name: string, value: number, offset: number, len: number, names: readonly FlagName[]): void {
    if (offset + len > this.end) return;
    const set = names.filter(([bit]) => (value & bit) !== 0).map(([, text]) => text);
    const field = this.tree.add(name, formatHex(value, len), set.join(', ') || 'none', offset, len);
    const outer = this.tree.openGroup(field);
    for (const [bit, text] of names) {
      this.tree.add(text, (value & bit) === 0 ? 'not set' : 'set', '', offset, len);
    }
    this.tree.openGroup(outer);
  }

  /** Dissects the bytes up to `end` as a datagram of their own, below the open layer or group. */
  quote(layer: Layer, end: number): void {
    const len = Math.min(end, this.end) - this.at;
    if (len <= 0) return;
    this.group('Quoted datagram', len, () => {
      if (this.depth > 0) return 'not dissected: a quotation in a quotation';
      const quoted = new Dissector(this.bytes, this.dissectLayers, this.origLen, this.depth + 1);
      quoted.cursor.begin(this.at, len, len, 0);
      this.dissectLayers(quoted, layer);
      this.tree.adopt(quoted.fields);
      this.at = this.end;
      return plural(len, 'byte');
    });
  }

  private number(name: string, len: 1 | 2 | 4, meaning: Meaning, hex: boolean): number {
    const offset = this.take(len);
    if (offset < 0) return 0;
    const { view } = this;
    let value = view.getUint8(offset);
    if (len === 2) value = view.getUint16(offset);
    if (len === 4) value = view.getUint32(offset);
    const text = typeof meaning === 'string' ? meaning : meaning(value);
    this.tree.add(name, hex ? formatHex(value, len) : String(value), text, offset, len);
    return value;
  }

  /** The offset of the next `len` bytes, or -1 where they do not fit; then nothing more is read here. */
  private take(len: number): number {
    const offset = this.at;
    if (offset + len > this.end) {
      this.end = offset;
      return -1;
    }
    this.at = offset + len;
    return offset;
  }

  private hexText(offset: number, len: number): string {
    let text = '';
    const shown = Math.min(len, maxBytesShown);
    for (let i = 0; i < shown; i++) text += this.bytes[offset + i].toString(16).padStart(2, '0');
    return shown < len ? `${text}... (${len} bytes)` : text;
  }
}

/** A bit of a flag field and its name. */
export type FlagName = readonly [bit: number, name: string];
