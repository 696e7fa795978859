/*
 * Waiting for a socket: watchSocket ──▶ struct waiter ──▶ watchArm. The descriptor is the watch's from then on, and is
 * closed with it.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "waiter.h"

static const napi_type_tag watch_tag = {0x6c6f73636f706521, 0x7761746368736f63};

static void end_watch(struct waiter *watch) {
  if (watch->closed) return;
  waiter_close(watch);
  close(watch->fd);
}

/* watchSocket(fd, callback(status)): an object for the functions below. The caller keeps fd when this throws. */
static napi_value watch_socket(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int fd;
  if (!read_arguments(env, info, 2, arguments) || !read_int(env, arguments[0], &fd)) return NULL;
  struct waiter *watch = calloc(1, sizeof *watch);
  if (watch == NULL) return throw_errno(env, "calloc", ENOMEM);
  return waiter_make(env, watch, fd, arguments[1], &watch_tag, end_watch);
}

/* watchArm(watch): one call of the callback when there may be something to read */
static napi_value watch_arm(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  if (!read_arguments(env, info, 1, arguments)) return NULL;
  struct waiter *watch = waiter_of(env, arguments[0], &watch_tag);
  return watch == NULL ? NULL : waiter_arm(watch);
}

/* watchClose(watch): closes the descriptor too; may be called twice */
static napi_value watch_close(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  if (!read_arguments(env, info, 1, arguments)) return NULL;
  struct waiter *watch = waiter_of(env, arguments[0], &watch_tag);
  if (watch != NULL) end_watch(watch);
  return NULL;
}

const struct named_function watch_functions[] = {
    {"watchSocket", watch_socket},
    {"watchArm", watch_arm},
    {"watchClose", watch_close},
    {NULL, NULL},
};
