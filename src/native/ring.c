/*
 * A TPACKET_V3 ring (Documentation/networking/packet_mmap.rst), mapped and lent to JavaScript as an ArrayBuffer, and
 * the wait for its next block through the event loop.
 *
 *   mapRing ──▶ struct ring ──▶ ringBuffer: the mapping itself, external; null where the runtime allows none
 *                    │      └─▶ ringCopy: one block copied (then JavaScript never sees the mapping)
 *                    └─ uv_poll on the socket, armed for one event at a time, so that a block that nobody reads
 *                       does not make the loop spin
 *
 * It ends by ringClose, by the end of the thread (cleanup hook), or with the object that wraps it. Each of them first
 * detaches the ArrayBuffer, so that a view somebody still holds has length 0, and only then unmaps.
 * Two owners free the structure: the JavaScript object and the uv handle; the last one does.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <uv.h>

#include "addon.h"

static const napi_type_tag ring_tag = {0x6c6f73636f706521, 0x7061636b65747233};

struct ring {
  napi_env env;
  napi_ref callback;
  napi_ref buffer; /* NULL before ringBuffer and after closing */
  napi_async_context context;
  napi_async_cleanup_hook_handle cleanup;
  uv_poll_t poll;
  uint8_t *memory;
  size_t len;
  int fd;
  int owners;
  bool closed;
};

static void disown(struct ring *ring) {
  if (--ring->owners == 0) free(ring);
}

static void on_poll_closed(uv_handle_t *handle) {
  struct ring *ring = handle->data;
  napi_remove_async_cleanup_hook(ring->cleanup);
  disown(ring);
}

/* After it no view reaches the mapping. */
static void detach_buffer(struct ring *ring) {
  napi_handle_scope scope;
  napi_value buffer;
  if (ring->buffer == NULL || napi_open_handle_scope(ring->env, &scope) != napi_ok) return;
  if (napi_get_reference_value(ring->env, ring->buffer, &buffer) == napi_ok && buffer != NULL)
    napi_detach_arraybuffer(ring->env, buffer);
  napi_delete_reference(ring->env, ring->buffer);
  ring->buffer = NULL;
  napi_close_handle_scope(ring->env, scope);
}

static void close_ring(struct ring *ring) {
  if (ring->closed) return;
  ring->closed = true;
  detach_buffer(ring);
  uv_close((uv_handle_t *)&ring->poll, on_poll_closed);
  munmap(ring->memory, ring->len);
  close(ring->fd);
  napi_delete_reference(ring->env, ring->callback);
  napi_async_destroy(ring->env, ring->context);
}

/* The thread ends while the ring is open. The hook is removed when the loop has let go of the handle. */
static void on_thread_end(napi_async_cleanup_hook_handle handle, void *data) {
  (void)handle;
  close_ring(data);
}

static void on_collected(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  close_ring(data);
  disown(data);
}

/* Calls back with 0, or with the error that ended the wait; waits again only when it is told to. */
static void on_event(uv_poll_t *poll, int status, int events) {
  struct ring *ring = poll->data;
  napi_env env = ring->env;
  napi_handle_scope scope;
  napi_value callback, receiver, argument;
  (void)events;
  uv_poll_stop(poll);
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  if (napi_get_reference_value(env, ring->callback, &callback) == napi_ok && callback != NULL &&
      napi_get_global(env, &receiver) == napi_ok && napi_create_int32(env, status, &argument) == napi_ok &&
      napi_make_callback(env, ring->context, receiver, callback, 1, &argument, NULL) == napi_pending_exception) {
    napi_value error;
    if (napi_get_and_clear_last_exception(env, &error) == napi_ok) napi_fatal_exception(env, error);
  }
  napi_close_handle_scope(env, scope);
}

/* The ring of an argument, or NULL with an exception pending. */
static struct ring *ring_of(napi_env env, napi_value value) {
  bool is_ring = false;
  void *data;
  if (napi_check_object_type_tag(env, value, &ring_tag, &is_ring) == napi_ok && is_ring &&
      napi_unwrap(env, value, &data) == napi_ok)
    return data;
  throw_type(env, "not a ring");
  return NULL;
}

static struct ring *open_ring_of(napi_env env, napi_value value) {
  struct ring *ring = ring_of(env, value);
  if (ring == NULL || !ring->closed) return ring;
  throw_errno(env, "ring", EBADF);
  return NULL;
}

static uint8_t *map_memory(int fd, size_t len) {
  const int access = PROT_READ | PROT_WRITE;
  void *memory = mmap(NULL, len, access, MAP_SHARED | MAP_POPULATE, fd, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

static bool start_handle(napi_env env, struct ring *ring) {
  uv_loop_t *loop;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) {
    throw_errno(env, "napi_get_uv_event_loop", ENOSYS);
    return false;
  }
  ring->poll.data = ring;
  int error = uv_poll_init(loop, &ring->poll, ring->fd);
  if (error == 0) return true;
  throw_errno(env, "uv_poll_init", -error);
  return false;
}

/* mapRing(fd, bytes, callback(status)): an object for the functions below. The descriptor is the ring's from now on. */
static napi_value map_ring(napi_env env, napi_callback_info info) {
  napi_value arguments[3], name, object;
  napi_valuetype type;
  int fd;
  double bytes;
  if (!read_arguments(env, info, 3, arguments) || !read_int(env, arguments[0], &fd)) return NULL;
  if (napi_get_value_double(env, arguments[1], &bytes) != napi_ok || !(bytes >= 4096 && bytes <= 0x7fffffff))
    return throw_type(env, "not a size of a ring");
  struct ring *ring = calloc(1, sizeof *ring);
  if (ring == NULL) return throw_errno(env, "calloc", ENOMEM);
  ring->env = env;
  ring->fd = fd;
  ring->len = (size_t)bytes;
  ring->owners = 2;
  ring->memory = map_memory(fd, ring->len);
  if (ring->memory == NULL) {
    throw_errno(env, "mmap", errno);
    goto failed_map;
  }
  if (napi_create_string_utf8(env, "loscope ring", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_typeof(env, arguments[2], &type) != napi_ok || type != napi_function ||
      napi_create_reference(env, arguments[2], 1, &ring->callback) != napi_ok) {
    throw_type(env, "not a function");
    goto failed_reference;
  }
  if (napi_async_init(env, NULL, name, &ring->context) != napi_ok) {
    throw_errno(env, "napi_async_init", ENOMEM);
    goto failed_context;
  }
  if (!start_handle(env, ring)) goto failed_handle;
  /* From here on close_ring undoes everything. */
  if (napi_add_async_cleanup_hook(env, on_thread_end, ring, &ring->cleanup) != napi_ok ||
      napi_create_object(env, &object) != napi_ok || napi_type_tag_object(env, object, &ring_tag) != napi_ok ||
      napi_wrap(env, object, ring, on_collected, NULL, NULL) != napi_ok) {
    ring->owners = 1;
    ring->fd = dup(fd); /* The caller keeps its descriptor when this fails. */
    close_ring(ring);
    return throw_errno(env, "mapRing", ENOMEM);
  }
  return object;

failed_handle:
  napi_async_destroy(env, ring->context);
failed_context:
  napi_delete_reference(env, ring->callback);
failed_reference:
  munmap(ring->memory, ring->len);
failed_map:
  free(ring);
  return NULL;
}

static void keep_memory(napi_env env, void *data, void *hint) {
  (void)env;
  (void)data;
  (void)hint; /* close_ring unmaps. */
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
  if (ring == NULL) return NULL;
  int error = uv_poll_start(&ring->poll, UV_READABLE, on_event);
  if (error < 0) return throw_errno(env, "uv_poll_start", -error);
  return NULL;
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

/* ringClose(ring): may be called twice */
static napi_value ring_close(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  if (!read_arguments(env, info, 1, arguments)) return NULL;
  struct ring *ring = ring_of(env, arguments[0]);
  if (ring != NULL) close_ring(ring);
  return NULL;
}

const struct named_function ring_functions[] = {
    {"mapRing", map_ring},       {"ringBuffer", ring_buffer}, {"ringArm", ring_arm},     {"ringStatus", ring_status},
    {"ringCopy", ring_copy},     {"ringClose", ring_close},   {NULL, NULL},
};
