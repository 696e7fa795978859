/*
 * An object of JavaScript's that waits for a descriptor through the event loop (uv_poll): one call back for each time that
 * it is armed, so that data which nobody reads does not make the loop spin. watch.c is one and no more, ring.c also maps
 * what it waits for.
 *
 * It ends once: by a call, by the end of the thread (cleanup hook), or with the object. Two own the structure, the object
 * and the event loop while it has handles of it; the last one frees it.
 */
#ifndef LOSCOPE_WAITER_H
#define LOSCOPE_WAITER_H

#include <stdbool.h>
#include <uv.h>

#include "addon.h"

struct waiter {
  napi_env env;
  napi_ref callback;
  napi_async_context context;
  napi_async_cleanup_hook_handle cleanup;
  uv_poll_t poll;
  int fd;
  int owners;
  /* Of the event loop. Who adds one to the poll's counts it here, and closes it with waiter_handle_closed. */
  int handles;
  bool closed;
  /* Ends it on any of the three ways; may be called twice. */
  void (*end)(struct waiter *waiter);
};

/*
 * Makes the object of a waiter, the first member of a structure from calloc that is its own from now on, also when this
 * fails. NULL with an exception pending: then the caller keeps the descriptor.
 */
napi_value waiter_make(napi_env env, struct waiter *waiter, int fd, napi_value callback, const napi_type_tag *tag,
                       void (*end)(struct waiter *waiter));

/* The waiter of an argument, or NULL with an exception pending. */
struct waiter *waiter_of(napi_env env, napi_value value, const napi_type_tag *tag);

/* One call back when there may be something to read; with a negative errno where the wait failed. NULL or an exception. */
napi_value waiter_arm(struct waiter *waiter);
void waiter_call(struct waiter *waiter, int status);

/* Waits no more. Its descriptor stays open; it can call back until the last of its handles is closed. */
void waiter_close(struct waiter *waiter);
void waiter_handle_closed(uv_handle_t *handle);

#endif
