/*
 * The walk over the records of a classic pcap file that src/capture/pcap-reader.ts makes, for files whose lengths stand
 * in their normal order. Where that file would throw, this one stands still before the record.
 * Reference: draft-ietf-opsawg-pcap.
 */
#include <stdbool.h>
#include <string.h>

#include "arrays.h"

/* Registers: src/capture/native-pcap-walk.ts */
enum {
  IN_END, IN_BASE, IN_LIMIT, IN_MOST, IN_HEADER_LEN, IN_IS_SWAPPED, IN_FRACTION_NS, AT, OUT_COUNT, OUT_NEEDED,
  REGISTERS
};

enum { LEAST_HEADER = 16, MOST_ORIG_LEN = 0x7fffffff };

struct columns {
  struct array offset, captured, original, ts_words, position;
};

static uint32_t word_at(const uint8_t *at, bool is_swapped) {
  uint32_t word;
  memcpy(&word, at, sizeof word);
  return is_swapped ? __builtin_bswap32(word) : word;
}

/* Walks from registers[AT] on, which lies with registers[IN_END] within `bytes`; the columns have room for the limit. */
static void walk(const uint8_t *bytes, const struct columns *columns, double *registers) {
  const size_t end = (size_t)registers[IN_END];
  const size_t limit = (size_t)registers[IN_LIMIT];
  const size_t header_len = (size_t)registers[IN_HEADER_LEN];
  const double base = registers[IN_BASE];
  const double most = registers[IN_MOST];
  const bool is_swapped = registers[IN_IS_SWAPPED] != 0;
  const uint64_t fraction_ns = registers[IN_FRACTION_NS] == 1 ? 1 : 1000;
  uint32_t *offsets = columns->offset.data;
  uint32_t *lengths = columns->captured.data;
  uint32_t *originals = columns->original.data;
  int32_t *ts_words = columns->ts_words.data;
  double *positions = columns->position.data;
  size_t at = (size_t)registers[AT];
  size_t count = 0;
  size_t needed = 0;
  while (count < limit) {
    if (end - at < header_len) {
      needed = header_len;
      break;
    }
    const uint8_t *record = bytes + at;
    const uint32_t captured = word_at(record + 8, is_swapped);
    const uint32_t original = word_at(record + 12, is_swapped);
    if (captured > most) break;
    if (end - at - header_len < captured) {
      needed = header_len + captured;
      break;
    }
    const uint64_t ns =
        word_at(record, is_swapped) * UINT64_C(1000000000) + word_at(record + 4, is_swapped) * fraction_ns;
    ts_words[2 * count] = (int32_t)(uint32_t)ns;
    ts_words[2 * count + 1] = (int32_t)(uint32_t)(ns >> 32);
    offsets[count] = (uint32_t)(at + header_len);
    lengths[count] = captured;
    originals[count] = original < MOST_ORIG_LEN ? original : MOST_ORIG_LEN;
    positions[count] = base + (double)at;
    at += header_len + captured;
    count++;
  }
  registers[AT] = (double)at;
  registers[OUT_COUNT] = (double)count;
  registers[OUT_NEEDED] = (double)needed;
}

/* walkPcap(registers, bytes, offset, capLen, origLen, tsWords, position) */
static napi_value walk_pcap(napi_env env, napi_callback_info info) {
  napi_value arguments[7];
  struct array registers, bytes;
  struct columns columns;
  if (!read_arguments(env, info, 7, arguments) ||
      !read_array(env, arguments[0], napi_float64_array, REGISTERS, &registers))
    return NULL;
  double *values = registers.data;
  /* Also false for what is not a number. */
  if (!(values[IN_LIMIT] >= 0 && values[IN_LIMIT] <= UINT32_MAX && values[AT] >= 0 &&
        values[AT] <= values[IN_END] && values[IN_END] <= UINT32_MAX && values[IN_HEADER_LEN] >= LEAST_HEADER &&
        values[IN_HEADER_LEN] <= 2 * LEAST_HEADER))
    return throw_range(env, "no place to walk at");
  const size_t limit = (size_t)values[IN_LIMIT];
  if (!read_array(env, arguments[1], napi_uint8_array, (size_t)values[IN_END], &bytes) ||
      !read_array(env, arguments[2], napi_uint32_array, limit, &columns.offset) ||
      !read_array(env, arguments[3], napi_uint32_array, limit, &columns.captured) ||
      !read_array(env, arguments[4], napi_uint32_array, limit, &columns.original) ||
      !read_array(env, arguments[5], napi_int32_array, 2 * limit, &columns.ts_words) ||
      !read_array(env, arguments[6], napi_float64_array, limit, &columns.position))
    return NULL;
  walk(bytes.data, &columns, values);
  return NULL;
}

const struct named_function walk_functions[] = {{"walkPcap", walk_pcap}, {NULL, NULL}};
