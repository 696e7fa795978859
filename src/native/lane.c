/*
 * The loop of src/analysis/fast-lane.ts, the same as in src/analysis/lane-loop.ts, over the same memory. What is found
 * of a frame, and where the loop stands still, is that file's to say; test/analysis/fast-lane.test.ts compares them.
 *
 *   keys     frames are looked at in blocks: shape, key and hash of each, and its slot asked of memory
 *   entries  then every slot is read and its entry asked of memory
 *   counting then every frame is counted, one after the other, with its entry near
 *
 * JavaScript keeps the arrays alive that were bound. An array is given memory outside of V8's heap by being asked for
 * it (napi_get_typedarray_info), so it does not move. Values travel in `registers`.
 *
 * Frames are hostile and JavaScript may err: bytes are read only after the frame was found to lie within them, and
 * every index into a table is below its length, or the call throws a RangeError.
 */
#include "lane.h"

#include <string.h>

enum { ETHERNET_LEN = 14, IPV4_LEN = 20, MIN_TCP_LEN = 20, UDP_LEN = 8 };
enum { IP_TCP = 6, IP_UDP = 17 };
enum { TYPE_AND_VERSION = 0x080045, FRAGMENT_MASK = 0x3fff, OBSERVED_COPY = 4 };
enum { FLAG_SYN = 2, FLAG_ACK = 16 };

/* src/flow/flow-entry.ts */
enum {
  LOW, HIGH, PORTS, KIND, VERDICTS, FORWARD_FRAMES, FLAGS = 7, FORWARD_BYTES = 8, LAST_TIME = 12, FORWARD_SEQ = 14
};
enum { USED = 1 << 8, IDENTITY_MASK = 0x3ff, HIGH_BEGAN_SHIFT = 10, FORWARD_SEQ_KNOWN = 1 << 11 };
enum { RESPONDER_FLAG_SHIFT = 8 };

static uint32_t u32(const uint8_t *at) {
  uint32_t word;
  memcpy(&word, at, sizeof word);
  return __builtin_bswap32(word);
}

static uint32_t u16(const uint8_t *at) { return (uint32_t)at[0] << 8 | at[1]; }

static uint32_t rotated(uint32_t word, int by) { return word << by | word >> (32 - by); }

static uint32_t mix(uint32_t hash, uint32_t word) {
  return rotated(hash ^ rotated(word * 0xcc9e2d51, 15) * 0x1b873593, 13) * 5 + 0xe6546b64;
}

/* hashWords of src/host/ipv6-table.ts */
static uint32_t hash_of(const uint32_t *seeds, const struct key *key) {
  uint32_t hash = mix(0, (uint32_t)key->low ^ seeds[0]);
  hash = mix(hash, (uint32_t)key->high ^ seeds[1]);
  hash = mix(hash, (uint32_t)key->ports ^ seeds[2]);
  hash = mix(hash, (uint32_t)key->identity ^ seeds[3]);
  hash = (hash ^ hash >> 16) * 0x85ebca6b;
  hash = (hash ^ hash >> 13) * 0xc2b2ae35;
  return hash ^ hash >> 16;
}

/* Takes the key of frame i. Returns HALT_ODD for another shape, HALT_BROKEN for a frame beyond the bytes, or 0. */
static int take_key(const struct lane *lane, size_t i, struct key *key) {
  const size_t captured = ((const uint32_t *)lane->captured.data)[i];
  const size_t offset = ((const uint32_t *)lane->offset.data)[i];
  if (captured < ETHERNET_LEN + IPV4_LEN + UDP_LEN) return HALT_ODD;
  if (offset > lane->bytes.len || captured > lane->bytes.len - offset) return HALT_BROKEN;
  const uint8_t *frame = (const uint8_t *)lane->bytes.data + offset;
  const uint8_t *ip = frame + ETHERNET_LEN;
  const uint8_t *transport = ip + IPV4_LEN;
  if (u32(frame + 12) >> 8 != TYPE_AND_VERSION) return HALT_ODD;
  if ((u16(ip + 6) & FRAGMENT_MASK) != 0 || (((const uint8_t *)lane->flags.data)[i] & OBSERVED_COPY) != 0)
    return HALT_ODD;
  const uint32_t total_len = u16(ip + 2);
  const uint8_t protocol = ip[9];
  key->tcp_flags = 0;
  if (protocol == IP_TCP) {
    if (captured < ETHERNET_LEN + IPV4_LEN + MIN_TCP_LEN) return HALT_ODD;
    const uint32_t header_len = (transport[12] >> 4) * 4u;
    if (header_len < MIN_TCP_LEN || ETHERNET_LEN + IPV4_LEN + header_len > captured) return HALT_ODD;
    if (total_len < IPV4_LEN + header_len) return HALT_ODD;
    key->tcp_flags = transport[13];
  } else if (protocol == IP_UDP) {
    const uint32_t datagram_len = u16(transport + 4);
    if (datagram_len < UDP_LEN || IPV4_LEN + datagram_len > total_len) return HALT_ODD;
  } else {
    return HALT_ODD;
  }
  const int32_t src = (int32_t)u32(ip + 12);
  const int32_t dst = (int32_t)u32(ip + 16);
  const uint32_t ports = u32(transport);
  key->is_src_high = src > dst || (src == dst && ports >> 16 > (ports & 0xffff));
  key->low = key->is_src_high ? dst : src;
  key->high = key->is_src_high ? src : dst;
  key->ports = (int32_t)(key->is_src_high ? rotated(ports, 16) : ports);
  key->identity = protocol | USED;
  key->seq = (int32_t)u32(transport + 4); /* of TCP only */
  key->is_zero_link = (u32(frame) | u32(frame + 4) | u32(frame + 8)) == 0;
  key->hash = hash_of(lane->seeds, key);
  return 0;
}

/* Takes the keys of a block of frames and asks memory for what counting them needs. */
static void take_keys(struct lane *lane, size_t from, size_t count) {
  const int32_t *slots = lane->slots.data;
  const int32_t *entries = lane->entries.data;
  const uint32_t mask = (uint32_t)lane->slots.len - 1;
  const uint32_t most_id = (uint32_t)(lane->entries.len / WORDS);
  const size_t most = count - from < BLOCK ? count - from : BLOCK;
  size_t taken = 0;
  int why = HALT_BATCH_END;
  for (; taken < most; taken++) {
    struct key *key = &lane->keys[taken];
    why = take_key(lane, from + taken, key);
    if (why != HALT_BATCH_END) break;
    __builtin_prefetch(&slots[key->hash & mask]);
  }
  for (size_t k = 0; k < taken; k++) {
    const uint32_t id = (uint32_t)slots[lane->keys[k].hash & mask];
    if (id == 0 || id > most_id) continue;
    const int32_t *entry = entries + (size_t)(id - 1) * WORDS;
    __builtin_prefetch(entry, 1);
    __builtin_prefetch(entry + WORDS - 1, 1); /* an entry may lie across two cache lines */
  }
  lane->keyed_from = from;
  lane->keyed_to = from + taken;
  lane->why_end = why;
}

/* The id of a key's flow, 0 where there is none, or -1 for an id beyond the entries. */
static int64_t find(const struct lane *lane, const struct key *key) {
  const int32_t *slots = lane->slots.data;
  const int32_t *entries = lane->entries.data;
  const uint32_t mask = (uint32_t)lane->slots.len - 1;
  const uint32_t most_id = (uint32_t)(lane->entries.len / WORDS);
  uint32_t slot = key->hash & mask;
  for (size_t tries = lane->slots.len; tries > 0; tries--, slot = (slot + 1) & mask) {
    const uint32_t id = (uint32_t)slots[slot];
    if (id == 0) return 0;
    if (id > most_id) return -1;
    const int32_t *entry = entries + (size_t)(id - 1) * WORDS;
    if (((entry[LOW] ^ key->low) | (entry[HIGH] ^ key->high) | (entry[PORTS] ^ key->ports) |
         ((entry[KIND] & IDENTITY_MASK) ^ key->identity)) == 0)
      return id;
  }
  return -1;
}

static void add_to(void *doubles, size_t index, double value) {
  double sum;
  uint8_t *at = (uint8_t *)doubles + index * sizeof sum;
  memcpy(&sum, at, sizeof sum);
  sum += value;
  memcpy(at, &sum, sizeof sum);
}

/* isNews and noteTcp of src/flow/tcp-state.ts. Returns whether the segment is a pure SYN, which they are left to. */
static bool note_tcp(int32_t *entry, const struct key *key, int way) {
  if ((key->tcp_flags & (FLAG_SYN | FLAG_ACK)) == FLAG_SYN) return true;
  entry[FLAGS] |= way == 0 ? key->tcp_flags : key->tcp_flags << RESPONDER_FLAG_SHIFT;
  const int32_t known = FORWARD_SEQ_KNOWN << way;
  if ((entry[KIND] & known) != 0) return false;
  entry[FORWARD_SEQ + way] = key->seq;
  entry[KIND] |= known;
  return false;
}

/* Counts frames from `from` on. Returns the frame that it stands at; *halt says why. */
size_t lane_run(struct lane *lane, size_t from, size_t count, double *registers, int *halt) {
  const uint32_t *captured = lane->captured.data;
  const uint32_t *originals = lane->original.data;
  const int32_t *ts_words = lane->ts_words.data;
  int32_t *entries = lane->entries.data;
  uint8_t *locality = lane->locality.data;
  uint8_t *evidence = lane->evidence.data;
  uint32_t *flow_id = lane->flow_id.data;
  const int32_t tag = (int32_t)registers[IN_TAG];
  const int32_t loopback_tag = (int32_t)registers[IN_LOOPBACK_TAG];
  const double end_high = registers[IN_END_HIGH];
  const uint32_t end_low = (uint32_t)(int32_t)registers[IN_END_LOW];
  const size_t row = (size_t)registers[IN_ROW];
  int32_t before_high = (int32_t)registers[BEFORE_HIGH];
  uint32_t before_low = (uint32_t)(int32_t)registers[BEFORE_LOW];
  double captured_bytes = 0;
  uint32_t loopback_links = 0;
  size_t i = from;
  for (;; i++) {
    *halt = HALT_BATCH_END;
    if (i >= count) break;
    if (i < lane->keyed_from || i >= lane->keyed_to) {
      if (i < lane->keyed_from || i > lane->keyed_to || lane->why_end == HALT_BATCH_END) take_keys(lane, i, count);
      if (i == lane->keyed_to) {
        *halt = lane->why_end;
        break;
      }
    }
    const struct key *key = &lane->keys[i - lane->keyed_from];
    const uint32_t low = (uint32_t)ts_words[2 * i];
    const int32_t high = ts_words[2 * i + 1];
    if (high < before_high || (high == before_high && low < before_low) || high > end_high ||
        (high == end_high && low >= end_low)) {
      *halt = HALT_TIME;
      break;
    }
    const int64_t id = find(lane, key);
    if (id <= 0) {
      *halt = id == 0 ? HALT_UNKNOWN : HALT_BROKEN;
      break;
    }
    int32_t *entry = entries + (size_t)(id - 1) * WORDS;
    const int32_t kept = entry[VERDICTS];
    const int verdict = (kept >> (key->is_src_high << 3)) & 0xff;
    if (kept >> 16 != (key->is_zero_link ? loopback_tag : tag) || verdict == 0) {
      *halt = HALT_UNKNOWN;
      break;
    }
    const int plain = verdict & VERDICT_MASK;
    if (row >= lane->counts.len || (size_t)(plain >> 3) >= lane->counts.len - row) {
      *halt = HALT_BROKEN;
      break;
    }
    before_high = high;
    before_low = low;
    const double original = originals[i];
    const int way = key->is_src_high ^ ((entry[KIND] >> HIGH_BEGAN_SHIFT) & 1);
    entry[FORWARD_FRAMES + way] = (int32_t)((uint32_t)entry[FORWARD_FRAMES + way] + 1);
    add_to(entry + FORWARD_BYTES, (size_t)way, original);
    entry[LAST_TIME] = (int32_t)low;
    entry[LAST_TIME + 1] = high;
    const int index = (plain << 1) | (key->identity == (IP_TCP | USED));
    add_to(lane->plain_frames.data, (size_t)index, 1);
    add_to(lane->plain_bytes.data, (size_t)index, original);
    captured_bytes += captured[i];
    loopback_links += key->is_zero_link;
    add_to(lane->counts.data, row + (size_t)(plain >> 3), 1);
    flow_id[i] = (uint32_t)id;
    locality[i] = (uint8_t)(plain >> 3);
    evidence[i] = plain & 7;
    if (key->tcp_flags != 0 && note_tcp(entry, key, way)) {
      registers[OUT_ENTRY] = (double)((id - 1) * WORDS);
      registers[OUT_TCP] = key->tcp_flags << 1 | way;
      registers[OUT_SEQ] = key->seq;
      *halt = HALT_SYN;
      i++;
      break;
    }
  }
  registers[BEFORE_HIGH] = before_high;
  registers[BEFORE_LOW] = (int32_t)before_low;
  registers[OUT_CAPTURED_BYTES] = captured_bytes;
  registers[OUT_LOOPBACK_LINKS] = loopback_links;
  return i;
}
