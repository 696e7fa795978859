/**
 * The state of decoding one frame: where the next header starts, where the bytes and the datagram end, and
 * the facts found so far. One Cursor serves all frames: a layer decoder reads one header from it, notes its
 * facts, moves `offset` past the header and returns the next Layer.
 *
 *     frame   [ link ][ network ][ transport ][ payload ....... ][ padding ]
 *                     ^ offset                                   ^ limit   ^ end
 *
 * Every read stays below `end`. `limit` is what the innermost length field says and may lie beyond `end`
 * when the snaplen cut the frame.
 */
import { Layer, Stop } from './layer.js';

export class Cursor {
  view!: DataView;
  /** Start of the header that is next. */
  offset = 0;
  /** One past the last byte captured of the frame. */
  end = 0;
  /** One past the last byte of the datagram, by its length field; `end + missing bytes` before any. */
  limit = 0;

  network = 0;
  networkOffset = 0;
  ipProtocol = 0;
  transportOffset = 0;
  srcIpv4 = 0;
  dstIpv4 = 0;
  srcPort = 0;
  dstPort = 0;
  tcpFlags = 0;
  /** Written with Fact.fragment only, and not reset. */
  fragmentId = 0;
  payloadLen = 0;
  direction = 0;
  facts = 0;
  stop: Stop = Stop.complete;
  lastLayer: Layer = Layer.end;

  /** Starts a frame at `offset` with `capLen` bytes present of `origLen`. */
  begin(offset: number, capLen: number, origLen: number, direction: number): void {
    this.offset = offset;
    this.end = offset + capLen;
    this.limit = offset + Math.max(capLen, origLen);
    this.network = 0;
    this.networkOffset = 0;
    this.ipProtocol = 0;
    this.transportOffset = 0;
    this.srcIpv4 = 0;
    this.dstIpv4 = 0;
    this.srcPort = 0;
    this.dstPort = 0;
    this.tcpFlags = 0;
    this.payloadLen = 0;
    this.direction = direction;
    this.facts = 0;
    this.stop = Stop.complete;
    this.lastLayer = Layer.end;
  }

  /** Bytes captured from the cursor on. */
  get left(): number {
    return this.end - this.offset;
  }

  /** Ends the frame: the header of `layer` is not all there. */
  truncated(layer: Layer): Layer {
    this.stop = Stop.truncated;
    this.lastLayer = layer;
    return Layer.end;
  }

  /** Ends the frame: the header of `layer` contradicts its format. */
  malformed(layer: Layer): Layer {
    this.stop = Stop.malformed;
    this.lastLayer = layer;
    return Layer.end;
  }

  /** Ends the frame behind `layer`, whose next header is of a protocol that is not decoded. */
  unsupported(layer: Layer): Layer {
    this.stop = Stop.unsupported;
    this.lastLayer = layer;
    return Layer.end;
  }
}
