/*
 * Typed arrays as memory, for the loops that have a version in C (lane.c, pcap-walk.c). The memory is as good as the
 * array is: JavaScript keeps it and does not transfer it.
 */
#ifndef LOSCOPE_ARRAYS_H
#define LOSCOPE_ARRAYS_H

#include "addon.h"

struct array {
  void *data;
  size_t len; /* elements */
};

/* A typed array of this type and of at least so many elements; false, with an exception pending, for anything else. */
int read_array(napi_env env, napi_value value, napi_typedarray_type type, size_t least, struct array *array);

/* Throws a RangeError. Returns NULL. */
napi_value throw_range(napi_env env, const char *what);

#endif
