/*
 * Work in a network namespace. Node's threads stay where they are: it is done in a thread of its own, which ends there.
 */
#ifndef LOSCOPE_NAMESPACE_H
#define LOSCOPE_NAMESPACE_H

#include "addon.h"
#include "open-sockets.h"

/* A path of fewer than LOSCOPE_MOST_PATH bytes into `text`, or NULL for null; false with an exception pending. */
int read_namespace(napi_env env, napi_value value, char *text, const char **path);

/*
 * Runs work(data) in the namespace at `path`, or here where it is NULL, to its end. False, with an exception pending, when
 * the namespace cannot be entered: then it is not run.
 */
int run_in_namespace(napi_env env, const char *path, void (*work)(void *data), void *data);

#endif
