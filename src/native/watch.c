/*
 * Waiting for a socket through the event loop: one call back for each time that it is armed, so that data which
 * nobody reads does not make the loop spin.
 *
 *   watchSocket ──▶ struct watch ──▶ watchArm: uv_poll for one event
 *
 * The descriptor is the watch's from then on: it is closed with it. It ends by watchClose, by the end of the thread
 * (cleanup hook), or with the object that wraps it. Two owners free the structure: the JavaScript object and the uv
 * handle; the last one does. As ring.c, which also maps what it waits for.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include "addon.h"

static const napi_type_tag watch_tag = {0x6c6f73636f706521, 0x7761746368736f63};

struct watch {
  napi_env env;
  napi_ref callback;
  napi_async_context context;
  napi_async_cleanup_hook_handle cleanup;
  uv_poll_t poll;
  int fd;
  int owners;
  bool closed;
};

static void disown(struct watch *watch) {
  if (--watch->owners == 0) free(watch);
}

static void on_poll_closed(uv_handle_t *handle) {
  struct watch *watch = handle->data;
  napi_remove_async_cleanup_hook(watch->cleanup);
  disown(watch);
}

static void close_watch(struct watch *watch) {
  if (watch->closed) return;
  watch->closed = true;
  uv_close((uv_handle_t *)&watch->poll, on_poll_closed);
  close(watch->fd);
  napi_delete_reference(watch->env, watch->callback);
  napi_async_destroy(watch->env, watch->context);
}

/* The thread ends while the socket is watched. The hook is removed when the loop has let go of the handle. */
static void on_thread_end(napi_async_cleanup_hook_handle handle, void *data) {
  (void)handle;
  close_watch(data);
}

static void on_collected(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  close_watch(data);
  disown(data);
}

/* Calls back with 0, or with the error that ended the wait; waits again only when it is told to. */
static void on_event(uv_poll_t *poll, int status, int events) {
  struct watch *watch = poll->data;
  napi_env env = watch->env;
  napi_handle_scope scope;
  napi_value callback, receiver, argument;
  (void)events;
  uv_poll_stop(poll);
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  if (napi_get_reference_value(env, watch->callback, &callback) == napi_ok && callback != NULL &&
      napi_get_global(env, &receiver) == napi_ok && napi_create_int32(env, status, &argument) == napi_ok &&
      napi_make_callback(env, watch->context, receiver, callback, 1, &argument, NULL) == napi_pending_exception) {
    napi_value error;
    if (napi_get_and_clear_last_exception(env, &error) == napi_ok) napi_fatal_exception(env, error);
  }
  napi_close_handle_scope(env, scope);
}

/* The watch of an argument, or NULL with an exception pending. */
static struct watch *watch_of(napi_env env, napi_value value) {
  bool is_watch = false;
  void *data;
  if (napi_check_object_type_tag(env, value, &watch_tag, &is_watch) == napi_ok && is_watch &&
      napi_unwrap(env, value, &data) == napi_ok)
    return data;
  throw_type(env, "not a watch");
  return NULL;
}

static bool start_handle(napi_env env, struct watch *watch) {
  uv_loop_t *loop;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) {
    throw_errno(env, "napi_get_uv_event_loop", ENOSYS);
    return false;
  }
  watch->poll.data = watch;
  int error = uv_poll_init(loop, &watch->poll, watch->fd);
  if (error == 0) return true;
  throw_errno(env, "uv_poll_init", -error);
  return false;
}

/* watchSocket(fd, callback(status)): an object for the functions below. The caller keeps fd when this throws. */
static napi_value watch_socket(napi_env env, napi_callback_info info) {
  napi_value arguments[2], name, object;
  napi_valuetype type;
  int fd;
  if (!read_arguments(env, info, 2, arguments) || !read_int(env, arguments[0], &fd)) return NULL;
  struct watch *watch = calloc(1, sizeof *watch);
  if (watch == NULL) return throw_errno(env, "calloc", ENOMEM);
  watch->env = env;
  watch->fd = fd;
  watch->owners = 2;
  if (napi_create_string_utf8(env, "loscope watch", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_typeof(env, arguments[1], &type) != napi_ok || type != napi_function ||
      napi_create_reference(env, arguments[1], 1, &watch->callback) != napi_ok) {
    throw_type(env, "not a function");
    goto failed_reference;
  }
  if (napi_async_init(env, NULL, name, &watch->context) != napi_ok) {
    throw_errno(env, "napi_async_init", ENOMEM);
    goto failed_context;
  }
  if (!start_handle(env, watch)) goto failed_handle;
  /* From here on close_watch undoes everything. */
  if (napi_add_async_cleanup_hook(env, on_thread_end, watch, &watch->cleanup) != napi_ok ||
      napi_create_object(env, &object) != napi_ok || napi_type_tag_object(env, object, &watch_tag) != napi_ok ||
      napi_wrap(env, object, watch, on_collected, NULL, NULL) != napi_ok) {
    watch->owners = 1;
    watch->fd = dup(fd); /* The caller keeps its descriptor when this fails. */
    close_watch(watch);
    return throw_errno(env, "watchSocket", ENOMEM);
  }
  return object;

failed_handle:
  napi_async_destroy(env, watch->context);
failed_context:
  napi_delete_reference(env, watch->callback);
failed_reference:
  free(watch);
  return NULL;
}

/* watchArm(watch): one call of the callback when there may be something to read */
static napi_value watch_arm(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  if (!read_arguments(env, info, 1, arguments)) return NULL;
  struct watch *watch = watch_of(env, arguments[0]);
  if (watch == NULL) return NULL;
  if (watch->closed) return throw_errno(env, "watch", EBADF);
  int error = uv_poll_start(&watch->poll, UV_READABLE, on_event);
  return error < 0 ? throw_errno(env, "uv_poll_start", -error) : NULL;
}

/* watchClose(watch): closes the descriptor too; may be called twice */
static napi_value watch_close(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  if (!read_arguments(env, info, 1, arguments)) return NULL;
  struct watch *watch = watch_of(env, arguments[0]);
  if (watch != NULL) close_watch(watch);
  return NULL;
}

const struct named_function watch_functions[] = {
    {"watchSocket", watch_socket},
    {"watchArm", watch_arm},
    {"watchClose", watch_close},
    {NULL, NULL},
};
