/*
 * Binds the fast lane's loop (lane.c) to JavaScript: src/analysis/native-lane-loop.ts is the other side. JavaScript keeps
 * the arrays alive that are bound here; what it passes is checked here, so that the loop need not doubt it.
 */
#include <stdlib.h>
#include <string.h>

#include "lane.h"

static const napi_type_tag lane_tag = {0x6c6f73636f706521, 0x666173746c616e65};

static void free_lane(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  free(data);
}

/* makeLane(seeds: Int32Array, registers: Float64Array): LaneHandle */
static napi_value make_lane(napi_env env, napi_callback_info info) {
  napi_value arguments[2], object;
  struct array seeds, registers;
  if (!read_arguments(env, info, 2, arguments) || !read_array(env, arguments[0], napi_int32_array, 4, &seeds) ||
      !read_array(env, arguments[1], napi_float64_array, REGISTERS, &registers))
    return NULL;
  struct lane *lane = calloc(1, sizeof *lane);
  if (lane == NULL) return throw_range(env, "no memory for a lane");
  memcpy(lane->seeds, seeds.data, sizeof lane->seeds);
  lane->registers = registers;
  if (napi_create_object(env, &object) == napi_ok && napi_type_tag_object(env, object, &lane_tag) == napi_ok &&
      napi_wrap(env, object, lane, free_lane, NULL, NULL) == napi_ok)
    return object;
  free(lane);
  return NULL;
}

static struct lane *lane_of(napi_env env, napi_value value) {
  bool is_lane;
  void *data;
  if (napi_check_object_type_tag(env, value, &lane_tag, &is_lane) == napi_ok && is_lane &&
      napi_unwrap(env, value, &data) == napi_ok)
    return data;
  throw_type(env, "not a lane");
  return NULL;
}

/* bindLaneTables(lane, entries, slots, plainFrames, plainBytes, counts, locality, evidence, flowId) */
static napi_value bind_tables(napi_env env, napi_callback_info info) {
  napi_value arguments[9];
  struct lane bound;
  if (!read_arguments(env, info, 9, arguments)) return NULL;
  struct lane *lane = lane_of(env, arguments[0]);
  if (lane == NULL || !read_array(env, arguments[1], napi_int32_array, WORDS, &bound.entries) ||
      !read_array(env, arguments[2], napi_int32_array, 1, &bound.slots) ||
      !read_array(env, arguments[3], napi_float64_array, LEAST_PLAIN, &bound.plain_frames) ||
      !read_array(env, arguments[4], napi_float64_array, LEAST_PLAIN, &bound.plain_bytes) ||
      !read_array(env, arguments[5], napi_float64_array, 1, &bound.counts) ||
      !read_array(env, arguments[6], napi_uint8_array, 1, &bound.locality) ||
      !read_array(env, arguments[7], napi_uint8_array, 1, &bound.evidence) ||
      !read_array(env, arguments[8], napi_uint32_array, 1, &bound.flow_id))
    return NULL;
  if ((bound.slots.len & (bound.slots.len - 1)) != 0 || bound.slots.len > 1u << 31)
    return throw_range(env, "slots are not a power of two");
  lane->entries = bound.entries;
  lane->slots = bound.slots;
  lane->plain_frames = bound.plain_frames;
  lane->plain_bytes = bound.plain_bytes;
  lane->counts = bound.counts;
  lane->locality = bound.locality;
  lane->evidence = bound.evidence;
  lane->flow_id = bound.flow_id;
  return NULL;
}

/* bindLaneFrames(lane, bytes, offset, capLen, origLen, tsWords, flags) */
static napi_value bind_frames(napi_env env, napi_callback_info info) {
  napi_value arguments[7];
  struct lane bound;
  if (!read_arguments(env, info, 7, arguments)) return NULL;
  struct lane *lane = lane_of(env, arguments[0]);
  if (lane == NULL || !read_array(env, arguments[1], napi_uint8_array, 0, &bound.bytes) ||
      !read_array(env, arguments[2], napi_uint32_array, 0, &bound.offset) ||
      !read_array(env, arguments[3], napi_uint32_array, 0, &bound.captured) ||
      !read_array(env, arguments[4], napi_uint32_array, 0, &bound.original) ||
      !read_array(env, arguments[5], napi_int32_array, 0, &bound.ts_words) ||
      !read_array(env, arguments[6], napi_uint8_array, 0, &bound.flags))
    return NULL;
  lane->bytes = bound.bytes;
  lane->offset = bound.offset;
  lane->captured = bound.captured;
  lane->original = bound.original;
  lane->ts_words = bound.ts_words;
  lane->flags = bound.flags;
  lane->keyed_from = lane->keyed_to = 0;
  lane->why_end = HALT_BATCH_END;
  return NULL;
}

/* Is every column as long as a batch of so many frames? */
static bool has_columns(const struct lane *lane, size_t count) {
  return count <= lane->offset.len && count <= lane->captured.len && count <= lane->original.len &&
         count <= lane->ts_words.len / 2 && count <= lane->flags.len && count <= lane->locality.len &&
         count <= lane->evidence.len && count <= lane->flow_id.len;
}

/* A double as an index below 2^32; false for anything else. */
static bool to_index(double value, size_t *index) {
  if (!(value >= 0 && value < 4294967296.0)) return false;
  *index = (size_t)value;
  return true;
}

/* runLane(lane): the frame that it stands at */
static napi_value run_lane(napi_env env, napi_callback_info info) {
  napi_value arguments[1], result;
  size_t from, count, row;
  if (!read_arguments(env, info, 1, arguments)) return NULL;
  struct lane *lane = lane_of(env, arguments[0]);
  if (lane == NULL) return NULL;
  double *registers = lane->registers.data;
  if (!to_index(registers[IN_FROM], &from) || !to_index(registers[IN_COUNT], &count) ||
      !to_index(registers[IN_ROW], &row))
    return throw_range(env, "not an index");
  if (lane->slots.len == 0 || !has_columns(lane, count))
    return throw_range(env, "the batch has more frames than columns");
  if (registers[IN_IS_NEW_BATCH] != 0) {
    lane->keyed_from = lane->keyed_to = 0;
    lane->why_end = HALT_BATCH_END;
  }
  int halt;
  const size_t at = lane_run(lane, from, count, registers, &halt);
  if (halt == HALT_BROKEN) return throw_range(env, "a frame lies beyond its bytes, or a table is damaged");
  registers[OUT_HALT] = halt;
  return napi_create_uint32(env, (uint32_t)at, &result) == napi_ok ? result : NULL;
}

const struct named_function lane_functions[] = {
    {"makeLane", make_lane},
    {"bindLaneTables", bind_tables},
    {"bindLaneFrames", bind_frames},
    {"runLane", run_lane},
    {NULL, NULL},
};
