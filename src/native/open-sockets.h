/*
 * The one thing that needs privilege: packet sockets, in this or another network namespace, and beside them what an
 * unprivileged process needs to look into that namespace. Used by the addon and by loscope-open.
 *
 *   fds[0]      a control socket, for ioctls on the interfaces of the namespace (netdevice(7))
 *   fds[1..6]   /proc/thread-self/net: fib_trie, if_inet6, ipv6_route, igmp, igmp6, dev; pread(2) at 0 reads them anew
 *   then        `raw` sockets of SOCK_RAW, then `cooked` ones of SOCK_DGRAM (packet(7))
 *
 * The packet sockets have protocol 0: nothing arrives before somebody binds them.
 */
#ifndef LOSCOPE_OPEN_SOCKETS_H
#define LOSCOPE_OPEN_SOCKETS_H

enum {
  LOSCOPE_TABLES = 6,
  LOSCOPE_FIXED = 1 + LOSCOPE_TABLES,
  LOSCOPE_MOST_SOCKETS = 64,
  LOSCOPE_MOST_FDS = LOSCOPE_FIXED + LOSCOPE_MOST_SOCKETS,
  LOSCOPE_MOST_PATH = 256
};

struct loscope_sockets {
  int count;
  int fds[LOSCOPE_MOST_FDS];
};

/* What failed: the call, and errno. `call` is a constant string. */
struct loscope_fault {
  const char *call;
  int error;
};

/* Opens the network namespace that `path` names. Returns its descriptor, or -1 with *fault set. */
int loscope_open_namespace(const char *path, struct loscope_fault *fault);

/*
 * Moves the calling thread into a namespace, and closes its descriptor. The addon does it in a thread of its own, which
 * ends afterwards. Returns 0, or -1 with *fault set.
 */
int loscope_enter_namespace(int fd, struct loscope_fault *fault);

/* Opens everything in the calling thread's namespace. Returns 0, or -1 with *fault set and nothing left open. */
int loscope_open_sockets(unsigned raw, unsigned cooked, struct loscope_sockets *sockets,
                         struct loscope_fault *fault);

void loscope_close_sockets(struct loscope_sockets *sockets);

#endif
