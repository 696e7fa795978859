/*
 * A TPACKET_V3 ring (Documentation/networking/packet_mmap.rst), mapped and lent to JavaScript as an ArrayBuffer, and
 * the wait for its next block (waiter.h).
 *
 *   mapRing ──▶ struct ring ──▶ ringBuffer: the mapping itself, external; null where the runtime allows none
 *                           └─▶ ringCopy: one block copied (then JavaScript never sees the mapping)
 *
 * The kernel waits for a grace period of RCU, some 15 ms, when it makes a ring, and for two when it frees one
 * (packet_set_ring, packet_release in net/packet/af_packet.c). Both are done in a thread of the ring's own, so that of
 * hundreds of rings all wait at the same time, and the event loop never does:
 *
 *   mapRing ──▶ make_ring ──▶ on_done: first call back        end_ring ──▶ release_ring ──▶ on_done: handles closed
 *
 * Ending first detaches the ArrayBuffer, so that a view somebody still holds has length 0, and only then unmaps.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "waiter.h"

static const napi_type_tag ring_tag = {0x6c6f73636f706521, 0x7061636b65747233};

enum { THREAD_STACK = 1 << 16 };

struct ring {
  struct waiter waiter;
  /* The event loop hears by it that the thread is done. */
  uv_async_t done;
  uv_thread_t thread;
  bool has_thread, is_busy, is_released, tells_end;
  struct tpacket_req3 request;
  int error;
  napi_ref buffer; /* NULL before ringBuffer and after closing */
  uint8_t *memory; /* NULL before the ring is made */
  size_t len;
};

/* After it no view reaches the mapping. */
static void detach_buffer(struct ring *ring) {
  napi_env env = ring->waiter.env;
  napi_handle_scope scope;
  napi_value buffer;
  if (ring->buffer == NULL || napi_open_handle_scope(env, &scope) != napi_ok) return;
  if (napi_get_reference_value(env, ring->buffer, &buffer) == napi_ok && buffer != NULL)
    napi_detach_arraybuffer(env, buffer);
  napi_delete_reference(env, ring->buffer);
  ring->buffer = NULL;
  napi_close_handle_scope(env, scope);
}

/* Without a thread it is done here, and the event loop hears of it in the same way. */
static void start(struct ring *ring, void (*work)(void *ring)) {
  const uv_thread_options_t options = {.flags = UV_THREAD_HAS_STACK_SIZE, .stack_size = THREAD_STACK};
  ring->is_busy = true;
  uv_ref((uv_handle_t *)&ring->done);
  ring->has_thread = uv_thread_create_ex(&ring->thread, &options, work, ring) == 0;
  if (!ring->has_thread) work(ring);
}

static void make_ring(void *data) {
  struct ring *ring = data;
  const int fd = ring->waiter.fd;
  if (setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &ring->request, sizeof ring->request) < 0) {
    ring->error = errno;
  } else {
    void *memory = mmap(NULL, ring->len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
    if (memory == MAP_FAILED) ring->error = errno;
    else ring->memory = memory;
  }
  uv_async_send(&ring->done);
}

static void release_ring(void *data) {
  struct ring *ring = data;
  if (ring->memory != NULL) munmap(ring->memory, ring->len);
  close(ring->waiter.fd);
  ring->is_released = true;
  uv_async_send(&ring->done);
}

static void end_ring(struct waiter *waiter) {
  struct ring *ring = (struct ring *)waiter;
  if (waiter->closed) return;
  detach_buffer(ring);
  waiter_close(waiter);
  if (!ring->is_busy) start(ring, release_ring);
}

static void on_done(uv_async_t *done) {
  struct ring *ring = done->data;
  if (ring->has_thread) uv_thread_join(&ring->thread);
  ring->is_busy = false;
  uv_unref((uv_handle_t *)done);
  if (ring->is_released) {
    uv_close((uv_handle_t *)done, waiter_handle_closed);
    if (ring->tells_end) waiter_call(&ring->waiter, 0);
  } else if (ring->waiter.closed) {
    start(ring, release_ring);
  } else {
    waiter_call(&ring->waiter, -ring->error);
  }
}

/* The ring of an argument, made and open, or NULL with an exception pending. */
static struct ring *open_ring_of(napi_env env, napi_value value) {
  struct ring *ring = (struct ring *)waiter_of(env, value, &ring_tag);
  if (ring == NULL || (!ring->waiter.closed && ring->memory != NULL)) return ring;
  throw_errno(env, "ring", EBADF);
  return NULL;
}

static int read_request(napi_env env, napi_value value, struct ring *ring) {
  uint8_t *bytes;
  size_t len;
  if (!read_bytes(env, value, &bytes, &len)) return 0;
  if (len == sizeof ring->request) {
    memcpy(&ring->request, bytes, len);
    ring->len = (size_t)ring->request.tp_block_size * ring->request.tp_block_nr;
    if (ring->len >= 4096 && ring->len <= 0x7fffffff) return 1;
  }
  throw_type(env, "not a request for a ring");
  return 0;
}

/*
 * mapRing(fd, request: Uint8Array of struct tpacket_req3, callback(status)): an object for the functions below. The
 * callback's first call says that the ring is there, or why not; later ones are ringArm's. The caller keeps fd when this
 * throws.
 */
static napi_value map_ring(napi_env env, napi_callback_info info) {
  napi_value arguments[3], object;
  uv_loop_t *loop;
  int fd;
  if (!read_arguments(env, info, 3, arguments) || !read_int(env, arguments[0], &fd)) return NULL;
  struct ring *ring = calloc(1, sizeof *ring);
  if (ring == NULL) return throw_errno(env, "calloc", ENOMEM);
  if (!read_request(env, arguments[1], ring)) {
    free(ring);
    return NULL;
  }
  object = waiter_make(env, &ring->waiter, fd, arguments[2], &ring_tag, end_ring);
  if (object == NULL) return NULL;
  ring->done.data = ring;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok || uv_async_init(loop, &ring->done, on_done) < 0) {
    waiter_close(&ring->waiter);
    return throw_errno(env, "uv_async_init", ENOMEM);
  }
  ring->waiter.handles++;
  start(ring, make_ring);
  return object;
}

static void keep_memory(napi_env env, void *data, void *hint) {
  (void)env;
  (void)data;
  (void)hint; /* release_ring unmaps. */
}

/* ringBuffer(ring): ArrayBuffer over the mapping, or null where the runtime allows no external memory */
static napi_value ring_buffer(napi_env env, napi_callback_info info) {
  napi_value arguments[1], buffer;
  if (!read_arguments(env, info, 1, arguments)) return NULL;
  struct ring *ring = open_ring_of(env, arguments[0]);
  if (ring == NULL) return NULL;
  if (ring->buffer != NULL) return throw_errno(env, "ringBuffer", EBUSY);
  napi_status status = napi_create_external_arraybuffer(env, ring->memory, ring->len, keep_memory, NULL, &buffer);
  if (status != napi_ok) return napi_get_null(env, &buffer) == napi_ok ? buffer : NULL;
  if (napi_create_reference(env, buffer, 1, &ring->buffer) != napi_ok) {
    ring->buffer = NULL;
    napi_detach_arraybuffer(env, buffer);
    return throw_errno(env, "ringBuffer", ENOMEM);
  }
  return buffer;
}

/* ringArm(ring): one call of the callback when a block may be ready */
static napi_value ring_arm(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  if (!read_arguments(env, info, 1, arguments)) return NULL;
  struct ring *ring = open_ring_of(env, arguments[0]);
  return ring == NULL ? NULL : waiter_arm(&ring->waiter);
}

static struct tpacket_block_desc *block_at(struct ring *ring, int offset) {
  if (offset < 0 || (size_t)offset > ring->len - sizeof(struct tpacket_block_desc) || offset % 4096 != 0) return NULL;
  return (struct tpacket_block_desc *)(void *)(ring->memory + offset);
}

/* ringStatus(ring, offset): the status word of the block that begins there */
static napi_value ring_status(napi_env env, napi_callback_info info) {
  napi_value arguments[2], result;
  int offset;
  if (!read_arguments(env, info, 2, arguments) || !read_int(env, arguments[1], &offset)) return NULL;
  struct ring *ring = open_ring_of(env, arguments[0]);
  if (ring == NULL) return NULL;
  struct tpacket_block_desc *block = block_at(ring, offset);
  if (block == NULL) return throw_type(env, "not a block");
  uint32_t status = __atomic_load_n(&block->hdr.bh1.block_status, __ATOMIC_ACQUIRE);
  return napi_create_uint32(env, status, &result) == napi_ok ? result : NULL;
}

/* ringCopy(ring, offset, into: Uint8Array): copies the block and gives it back to the kernel */
static napi_value ring_copy(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  int offset;
  uint8_t *into;
  size_t room;
  if (!read_arguments(env, info, 3, arguments) || !read_int(env, arguments[1], &offset) ||
      !read_bytes(env, arguments[2], &into, &room))
    return NULL;
  struct ring *ring = open_ring_of(env, arguments[0]);
  if (ring == NULL) return NULL;
  struct tpacket_block_desc *block = block_at(ring, offset);
  if (block == NULL) return throw_type(env, "not a block");
  size_t len = block->hdr.bh1.blk_len;
  if (len > room) len = room;
  if (len > ring->len - (size_t)offset) len = ring->len - (size_t)offset;
  memcpy(into, block, len);
  __atomic_store_n(&block->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
  return NULL;
}

/* ringClose(ring, callback): calls back when the kernel has freed it; may be called twice, and calls back once */
static napi_value ring_close(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  napi_valuetype type;
  napi_ref callback;
  if (!read_arguments(env, info, 2, arguments)) return NULL;
  struct ring *ring = (struct ring *)waiter_of(env, arguments[0], &ring_tag);
  if (ring == NULL || ring->waiter.closed) return NULL;
  if (napi_typeof(env, arguments[1], &type) != napi_ok || type != napi_function ||
      napi_create_reference(env, arguments[1], 1, &callback) != napi_ok)
    return throw_type(env, "not a function");
  napi_delete_reference(env, ring->waiter.callback);
  ring->waiter.callback = callback;
  ring->tells_end = true;
  end_ring(&ring->waiter);
  return NULL;
}

const struct named_function ring_functions[] = {
    {"mapRing", map_ring},       {"ringBuffer", ring_buffer}, {"ringArm", ring_arm},     {"ringStatus", ring_status},
    {"ringCopy", ring_copy},     {"ringClose", ring_close},   {NULL, NULL},
};
