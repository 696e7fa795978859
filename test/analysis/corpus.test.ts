import { execFile } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { isCorpusHere } from '../corpus.js';

const most = 256 << 20;

const fuzzed = 'PcapPlusPlus/Tests/Fuzzers/RegressionTests/regression_samples';

/** The manifest counts no packet in a frame of NFLOG, whose packets are decoded here as tcpdump does. */
const inNflog = 'NFLOG: tcpdump reads the same packets as we do';

/** Files that differ from the manifest, and why that is not forced. */
const explained: Record<string, string> = {
  [`${fuzzed}/clusterfuzz-testcase-minimized-FuzzTarget-5766899836387328`]:
    'tshark guesses records of 20 bytes (Nokia), tcpdump reads one packet as we do',
  [`${fuzzed}/crash-exception-cast-constructed-record`]: 'the same guess; tcpdump reads two packets as we do',
  [`${fuzzed}/igmplayer`]: 'the same guess; tcpdump reads the same two packets as we do',
  [`${fuzzed}/crash-null-deref-pcapng-shb`]:
    'begins with four zero bytes; tshark takes it for a CommView file',
  [`${fuzzed}/radiuslayer`]:
    'one of its odd frames: an IPv6 option runs past its header, which is malformed here',
  'PcapPlusPlus/Tests/Packet++Test/PacketExamples/nflogPacket.pcap': inNflog,
  'derived/PcapPlusPlus-PacketExamples-dlt239.pcap': inNflog,
  'zeek/testing/btest/Traces/nflog-http.pcap': inNflog,
};

interface CorpusResult {
  readonly files: number;
  readonly wrong: Readonly<Record<string, string>>;
  readonly maxResidentBytes: number;
}

test('every file of the corpus has the frames, bytes and protocols that other analyzers count', async (t) => {
  if (!isCorpusHere) {
    t.log('skipped: the corpus is not here');
    t.pass();
    return;
  }
  const script = fileURLToPath(new URL('./corpus-run.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script], { maxBuffer: 1 << 24 });
  const { files, wrong, maxResidentBytes } = JSON.parse(stdout) as CorpusResult;
  t.log(`${files} files, at most ${Math.round(maxResidentBytes / (1 << 20))} MiB resident`);
  const unexplained = Object.entries(wrong).filter(([file]) => !(file in explained));
  t.deepEqual(Object.fromEntries(unexplained), {});
  t.true(maxResidentBytes < most);
});
