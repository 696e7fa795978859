/*
 * The fast lane's loop in C (lane.c) and what it works on; lane-binding.c binds it to JavaScript.
 */
#ifndef LOSCOPE_LANE_H
#define LOSCOPE_LANE_H

#include <stdbool.h>

#include "arrays.h"

/* Words of a flow's entry, and verdicts of plain frames: src/flow/flow-entry.ts, src/analysis/counters.ts */
enum { WORDS = 16, VERDICT_MASK = 0x7f, LEAST_PLAIN = 2 * (VERDICT_MASK + 1) };

/* Registers and halts: src/analysis/native-lane-loop.ts, src/analysis/lane-loop.ts */
enum {
  IN_FROM, IN_COUNT, IN_IS_NEW_BATCH, IN_TAG, IN_LOOPBACK_TAG, IN_END_HIGH, IN_END_LOW, IN_ROW,
  BEFORE_HIGH, BEFORE_LOW, OUT_HALT, OUT_LOOPBACK_LINKS, OUT_CAPTURED_BYTES, OUT_ENTRY, OUT_TCP, OUT_SEQ,
  REGISTERS
};
enum { HALT_BATCH_END, HALT_ODD, HALT_TIME, HALT_UNKNOWN, HALT_SYN, HALT_BROKEN };

enum { BLOCK = 32 };

struct key {
  int32_t low, high, ports, identity, seq;
  uint32_t hash;
  uint8_t tcp_flags, is_src_high, is_zero_link;
};

struct lane {
  uint32_t seeds[4];
  struct array registers;
  /* Tables. */
  struct array entries, slots, plain_frames, plain_bytes, counts, locality, evidence, flow_id;
  /* A batch of frames. */
  struct array bytes, offset, captured, original, ts_words, flags;
  /* Keys of the frames from keyed_from to keyed_to, where why_end stands: HALT_BATCH_END goes on. */
  struct key keys[BLOCK];
  size_t keyed_from, keyed_to;
  int why_end;
};

/*
 * Counts frames of the batch from `from` on, while they are below `count` and of the lane's kind. Returns the first that
 * was not counted, with the reason in *halt.
 */
size_t lane_run(struct lane *lane, size_t from, size_t count, double *registers, int *halt);

#endif
