/*
 * Opens packet sockets and what goes with them: see the header. Every descriptor is close-on-exec.
 */
#include "open-sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef NSFS_MAGIC
#define NSFS_MAGIC 0x6e736673
#endif

static int fail(struct loscope_fault *fault, const char *call) {
  fault->call = call;
  fault->error = errno;
  return -1;
}

int loscope_open_namespace(const char *path, struct loscope_fault *fault) {
  /* Neither a FIFO nor a device must hang or do anything when it is opened by mistake. */
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return fail(fault, "open namespace");
  struct statfs system;
  int status = fstatfs(fd, &system);
  if (status < 0) {
    fail(fault, "fstatfs");
  } else if ((unsigned long)system.f_type != NSFS_MAGIC && (unsigned long)system.f_type != PROC_SUPER_MAGIC) {
    errno = EINVAL;
    status = fail(fault, "open namespace");
  }
  if (status == 0) return fd;
  close(fd);
  return -1;
}

int loscope_enter_namespace(int fd, struct loscope_fault *fault) {
  int status = setns(fd, CLONE_NEWNET);
  if (status < 0) fail(fault, "setns");
  close(fd);
  return status;
}

static int add(struct loscope_sockets *sockets, int fd) {
  if (fd < 0) return -1;
  sockets->fds[sockets->count++] = fd;
  return 0;
}

/* A table that this kernel lacks (IPv6 may be compiled out) is an empty file. */
static int open_table(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  return fd >= 0 ? fd : open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int loscope_open_sockets(unsigned raw, unsigned cooked, struct loscope_sockets *sockets,
                         struct loscope_fault *fault) {
  static const char *const tables[LOSCOPE_TABLES] = {
      "/proc/thread-self/net/fib_trie", "/proc/thread-self/net/if_inet6", "/proc/thread-self/net/ipv6_route",
      "/proc/thread-self/net/igmp",     "/proc/thread-self/net/igmp6",    "/proc/thread-self/net/dev",
  };
  sockets->count = 0;
  if (raw > LOSCOPE_MOST_SOCKETS || cooked > LOSCOPE_MOST_SOCKETS - raw) {
    errno = E2BIG;
    return fail(fault, "socket");
  }
  if (add(sockets, socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) < 0) goto failed;
  for (int i = 0; i < LOSCOPE_TABLES; i++) {
    if (add(sockets, open_table(tables[i])) < 0) goto failed;
  }
  for (unsigned i = 0; i < raw + cooked; i++) {
    int type = i < raw ? SOCK_RAW : SOCK_DGRAM;
    if (add(sockets, socket(AF_PACKET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0) goto failed;
  }
  return 0;

failed:
  fail(fault, "socket");
  loscope_close_sockets(sockets);
  return -1;
}

void loscope_close_sockets(struct loscope_sockets *sockets) {
  for (int i = 0; i < sockets->count; i++) close(sockets->fds[i]);
  sockets->count = 0;
}
