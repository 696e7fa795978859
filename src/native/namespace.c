/*
 * Entering network namespaces (namespace.h), and one of this program's own: it has no name and no process, and is gone
 * with the last descriptor of it or of a socket in it, however the program ends.
 */
#include "namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <unistd.h>

int read_namespace(napi_env env, napi_value value, char *text, const char **path) {
  napi_valuetype type;
  *path = NULL;
  if (napi_typeof(env, value, &type) != napi_ok) return 0;
  if (type == napi_null) return 1;
  if (!read_text(env, value, text, LOSCOPE_MOST_PATH)) return 0;
  *path = text;
  return 1;
}

struct errand {
  const char *path;
  void (*work)(void *data);
  void *data;
  struct loscope_fault fault;
  bool has_entered;
};

static void *enter_and_work(void *data) {
  struct errand *errand = data;
  int fd = loscope_open_namespace(errand->path, &errand->fault);
  errand->has_entered = fd >= 0 && loscope_enter_namespace(fd, &errand->fault) == 0;
  if (errand->has_entered) errand->work(errand->data);
  return NULL;
}

/* Returns 0 or an errno. */
static int run_in_thread(void *(*run)(void *data), void *data) {
  pthread_t thread;
  int error = pthread_create(&thread, NULL, run, data);
  return error == 0 ? pthread_join(thread, NULL) : error;
}

int run_in_namespace(napi_env env, const char *path, void (*work)(void *data), void *data) {
  if (path == NULL) {
    work(data);
    return 1;
  }
  struct errand errand = {.path = path, .work = work, .data = data};
  int error = run_in_thread(enter_and_work, &errand);
  if (error != 0) throw_errno(env, "pthread_create", error);
  else if (!errand.has_entered) throw_errno(env, errand.fault.call, errand.fault.error);
  return error == 0 && errand.has_entered;
}

struct making {
  int fd;
  const char *call;
  int error;
};

static void *make_in_thread(void *data) {
  struct making *making = data;
  making->fd = -1;
  making->call = "unshare";
  if (unshare(CLONE_NEWNET) == 0) {
    making->call = "open namespace";
    making->fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  }
  if (making->fd < 0) making->error = errno;
  return NULL;
}

/* makeNamespace(): a descriptor of it */
static napi_value make_namespace(napi_env env, napi_callback_info info) {
  (void)info;
  struct making making = {0};
  napi_value result;
  int error = run_in_thread(make_in_thread, &making);
  if (error != 0) return throw_errno(env, "pthread_create", error);
  if (making.fd < 0) return throw_errno(env, making.call, making.error);
  if (napi_create_int32(env, making.fd, &result) == napi_ok) return result;
  close(making.fd);
  return NULL;
}

const struct named_function namespace_functions[] = {
    {"makeNamespace", make_namespace},
    {NULL, NULL},
};
