/*
 * A network namespace of this program's own: it has no name and no process, and is gone with the last descriptor of it or
 * of a socket in it, however the program ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "addon.h"

struct making {
  int fd;
  const char *call;
  int error;
};

/* Its own thread, which ends in the new namespace: Node's threads stay where they are. */
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
  pthread_t thread;
  int error = pthread_create(&thread, NULL, make_in_thread, &making);
  if (error == 0) error = pthread_join(thread, NULL);
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
