/*
 * What the files of the addon share. Each call throws an Error whose `code` is the errno's name (`EPERM`) and whose
 * message is `CALL: TEXT`; policy, structures and words for people are TypeScript's (src/capture/native.ts).
 */
#ifndef LOSCOPE_ADDON_H
#define LOSCOPE_ADDON_H

#include <node_api.h>
#include <stddef.h>
#include <stdint.h>

/* fault.c: throws what errno says. Returns NULL, so that a call can end with `return throw_errno(…)`. */
napi_value throw_errno(napi_env env, const char *call, int error);
napi_value throw_type(napi_env env, const char *what);

/* Reads exactly `count` arguments; false, with an exception pending, when there are fewer. */
int read_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *arguments);
int read_int(napi_env env, napi_value value, int *result);
/* Bytes of a Uint8Array. */
int read_bytes(napi_env env, napi_value value, uint8_t **bytes, size_t *len);
/* Bytes of a Uint8Array, fewer than `most` and none of them NUL: names of the kernel's need not be UTF-8. */
int read_name(napi_env env, napi_value value, char *name, size_t most);
/* A string shorter than `most` bytes, without NUL bytes in it. */
int read_text(napi_env env, napi_value value, char *text, size_t most);

struct named_function {
  const char *name;
  napi_callback call;
};

/* One list a file, put together in addon.c. */
extern const struct named_function socket_functions[];
extern const struct named_function interface_functions[];
extern const struct named_function namespace_functions[];
extern const struct named_function file_functions[];
extern const struct named_function netlink_functions[];
extern const struct named_function probe_functions[];
extern const struct named_function ring_functions[];
extern const struct named_function filter_functions[];
extern const struct named_function lane_functions[];
extern const struct named_function walk_functions[];
extern const struct named_function watch_functions[];

#endif
