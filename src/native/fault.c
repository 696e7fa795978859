/*
 * Arguments in, errors out.
 */
#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "addon.h"

napi_value throw_errno(napi_env env, const char *call, int error) {
  char message[256];
  snprintf(message, sizeof message, "%s: %s", call, strerror(error));
  napi_throw_error(env, uv_err_name(-error), message);
  return NULL;
}

napi_value throw_type(napi_env env, const char *what) {
  napi_throw_type_error(env, NULL, what);
  return NULL;
}

int read_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *arguments) {
  size_t given = count;
  if (napi_get_cb_info(env, info, &given, arguments, NULL, NULL) == napi_ok && given >= count) return 1;
  throw_type(env, "too few arguments");
  return 0;
}

int read_int(napi_env env, napi_value value, int *result) {
  double number;
  if (napi_get_value_double(env, value, &number) == napi_ok && number >= INT32_MIN && number <= INT32_MAX &&
      number == (int32_t)number) {
    *result = (int32_t)number;
    return 1;
  }
  throw_type(env, "not a number");
  return 0;
}

int read_bytes(napi_env env, napi_value value, uint8_t **bytes, size_t *len) {
  napi_typedarray_type type;
  void *data;
  if (napi_get_typedarray_info(env, value, &type, len, &data, NULL, NULL) == napi_ok && type == napi_uint8_array) {
    *bytes = data;
    return 1;
  }
  throw_type(env, "not a Uint8Array");
  return 0;
}

int read_name(napi_env env, napi_value value, char *name, size_t most) {
  uint8_t *bytes;
  size_t len;
  if (!read_bytes(env, value, &bytes, &len)) return 0;
  if (len < most && (len == 0 || memchr(bytes, 0, len) == NULL)) {
    if (len > 0) memcpy(name, bytes, len);
    name[len] = '\0';
    return 1;
  }
  throw_type(env, "not a name, or too long");
  return 0;
}

int read_text(napi_env env, napi_value value, char *text, size_t most) {
  size_t len;
  if (napi_get_value_string_utf8(env, value, NULL, 0, &len) == napi_ok && len < most &&
      napi_get_value_string_utf8(env, value, text, most, &len) == napi_ok && strlen(text) == len) {
    return 1;
  }
  throw_type(env, "not a text, or too long");
  return 0;
}
