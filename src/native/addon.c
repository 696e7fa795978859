/*
 * The addon's table of functions. It keeps no state of its own: it may be loaded in any number of threads.
 */
#include "addon.h"

static int add_functions(napi_env env, napi_value exports, const struct named_function *functions) {
  for (; functions->name != NULL; functions++) {
    napi_value function;
    if (napi_create_function(env, functions->name, NAPI_AUTO_LENGTH, functions->call, NULL, &function) != napi_ok)
      return -1;
    if (napi_set_named_property(env, exports, functions->name, function) != napi_ok) return -1;
  }
  return 0;
}

NAPI_MODULE_INIT() {
  const struct named_function *lists[] = {socket_functions,  interface_functions, namespace_functions,
                                          netlink_functions, file_functions,      probe_functions,
                                          ring_functions,    filter_functions,    lane_functions,
                                          walk_functions,    watch_functions};
  for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
    if (add_functions(env, exports, lists[i]) < 0) return NULL;
  }
  return exports;
}
