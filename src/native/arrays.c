/*
 * Typed arrays in. Asking for the memory of one that V8 keeps in its own heap moves it out for good (Node-API calls
 * TypedArray::Buffer), so that the address stays.
 */
#include "arrays.h"

int read_array(napi_env env, napi_value value, napi_typedarray_type type, size_t least, struct array *array) {
  napi_typedarray_type actual;
  if (napi_get_typedarray_info(env, value, &actual, &array->len, &array->data, NULL, NULL) != napi_ok ||
      actual != type) {
    throw_type(env, "not the expected typed array");
    return 0;
  }
  if (array->len >= least && (array->len == 0 || array->data != NULL)) return 1;
  throw_range(env, "an array is too short");
  return 0;
}

napi_value throw_range(napi_env env, const char *what) {
  napi_throw_range_error(env, NULL, what);
  return NULL;
}
