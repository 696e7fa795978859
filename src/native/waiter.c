/*
 * See the header.
 */
#include "waiter.h"

#include <errno.h>
#include <stdlib.h>

static void disown(struct waiter *waiter) {
  if (--waiter->owners == 0) free(waiter);
}

/* The hook is removed when the loop has let go of every handle. */
void waiter_handle_closed(uv_handle_t *handle) {
  struct waiter *waiter = handle->data;
  if (--waiter->handles > 0) return;
  napi_delete_reference(waiter->env, waiter->callback);
  napi_async_destroy(waiter->env, waiter->context);
  napi_remove_async_cleanup_hook(waiter->cleanup);
  disown(waiter);
}

void waiter_close(struct waiter *waiter) {
  waiter->closed = true;
  uv_close((uv_handle_t *)&waiter->poll, waiter_handle_closed);
}

static void on_thread_end(napi_async_cleanup_hook_handle handle, void *data) {
  struct waiter *waiter = data;
  (void)handle;
  waiter->end(waiter);
}

static void on_collected(napi_env env, void *data, void *hint) {
  struct waiter *waiter = data;
  (void)env;
  (void)hint;
  waiter->end(waiter);
  disown(waiter);
}

void waiter_call(struct waiter *waiter, int status) {
  napi_env env = waiter->env;
  napi_handle_scope scope;
  napi_value callback, receiver, argument;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  if (napi_get_reference_value(env, waiter->callback, &callback) == napi_ok && callback != NULL &&
      napi_get_global(env, &receiver) == napi_ok && napi_create_int32(env, status, &argument) == napi_ok &&
      napi_make_callback(env, waiter->context, receiver, callback, 1, &argument, NULL) == napi_pending_exception) {
    napi_value error;
    if (napi_get_and_clear_last_exception(env, &error) == napi_ok) napi_fatal_exception(env, error);
  }
  napi_close_handle_scope(env, scope);
}

static void on_event(uv_poll_t *poll, int status, int events) {
  (void)events;
  uv_poll_stop(poll);
  waiter_call(poll->data, status);
}

napi_value waiter_arm(struct waiter *waiter) {
  if (waiter->closed) return throw_errno(waiter->env, "wait", EBADF);
  int error = uv_poll_start(&waiter->poll, UV_READABLE, on_event);
  return error < 0 ? throw_errno(waiter->env, "uv_poll_start", -error) : NULL;
}

struct waiter *waiter_of(napi_env env, napi_value value, const napi_type_tag *tag) {
  bool is_waiter = false;
  void *data;
  if (napi_check_object_type_tag(env, value, tag, &is_waiter) == napi_ok && is_waiter &&
      napi_unwrap(env, value, &data) == napi_ok)
    return data;
  throw_type(env, "not a handle of this kind");
  return NULL;
}

static int start_poll(napi_env env, struct waiter *waiter) {
  uv_loop_t *loop;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return -ENOSYS;
  waiter->poll.data = waiter;
  return uv_poll_init(loop, &waiter->poll, waiter->fd);
}

/* The poll is last: it alone cannot be undone at once. */
napi_value waiter_make(napi_env env, struct waiter *waiter, int fd, napi_value callback, const napi_type_tag *tag,
                       void (*end)(struct waiter *waiter)) {
  napi_value name, object;
  napi_valuetype type;
  waiter->env = env;
  waiter->fd = fd;
  waiter->owners = 2;
  waiter->handles = 1;
  waiter->end = end;
  if (napi_typeof(env, callback, &type) != napi_ok || type != napi_function) {
    throw_type(env, "not a function");
    goto failed;
  }
  if (napi_create_object(env, &object) != napi_ok || napi_type_tag_object(env, object, tag) != napi_ok ||
      napi_create_string_utf8(env, "loscope", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_reference(env, callback, 1, &waiter->callback) != napi_ok) {
    throw_errno(env, "wait", ENOMEM);
    goto failed;
  }
  int error = ENOMEM;
  if (napi_async_init(env, NULL, name, &waiter->context) != napi_ok) goto failed_context;
  if (napi_add_async_cleanup_hook(env, on_thread_end, waiter, &waiter->cleanup) != napi_ok) goto failed_hook;
  if (napi_wrap(env, object, waiter, on_collected, NULL, NULL) != napi_ok) goto failed_wrap;
  error = -start_poll(env, waiter);
  if (error == 0) return object;

  napi_remove_wrap(env, object, NULL);
failed_wrap:
  napi_remove_async_cleanup_hook(waiter->cleanup);
failed_hook:
  napi_async_destroy(env, waiter->context);
failed_context:
  napi_delete_reference(env, waiter->callback);
  throw_errno(env, "wait", error);
failed:
  free(waiter);
  return NULL;
}
