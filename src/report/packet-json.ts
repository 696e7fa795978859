/**
 * `loscope.packet/1`: one JSON object a packet.
 */
import type { PacketRow } from '../analysis/port.js';
import { evidenceName, localityName } from '../classify/locality.js';
import { formatRfc3339 } from '../format/time.js';

/** One line without its end; absent addresses, ports and flow are null. */
export function packetJson(row: PacketRow): string {
  const hasPorts = row.srcPort !== 0 || row.dstPort !== 0;
  return JSON.stringify({
    schema: 'loscope.packet/1',
    number: row.number,
    time: formatRfc3339(row.timeNs),
    ...(row.isTimeApproximate === true && { timeApproximate: true }),
    interface: row.interface,
    capLen: row.capLen,
    origLen: row.origLen,
    protocol: row.protocol,
    src: row.src || null,
    srcPort: hasPorts ? row.srcPort : null,
    dst: row.dst || null,
    dstPort: hasPorts ? row.dstPort : null,
    info: row.info,
    locality: localityName[row.locality],
    evidence: evidenceName[row.evidence],
    why: row.why,
    flow: row.flow || null,
  });
}
