/** The part of the package pcap-parser 0.2.1 that is used; it ships no types. */
declare module 'pcap-parser' {
  import type { EventEmitter } from 'node:events';

  export interface PacketHeader {
    readonly timestampSeconds: number;
    readonly timestampMicroseconds: number;
    readonly capturedLength: number;
    readonly originalLength: number;
  }

  /** Emits `globalHeader`, `packetHeader` (PacketHeader), `packetData` (Buffer), `packet`, `end`, `error`. */
  export function parse(stream: EventEmitter): EventEmitter;
}
