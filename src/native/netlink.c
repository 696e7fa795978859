/*
 * Netlink sockets (netlink(7)): opened here or in another network namespace, one message buffer out, one datagram in.
 * What the messages say is TypeScript's (src/capture/netlink-message.ts).
 */
#include <errno.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "namespace.h"

enum { MOST_WAIT_MS = 60000 };

struct opening {
  int protocol;
  int fd;
  struct loscope_fault fault;
};

static int fail_with(struct loscope_fault *fault, const char *call) {
  fault->call = call;
  fault->error = errno;
  return -1;
}

/* Bound at once: the kernel chooses the port id, and nobody else can send under it. */
static int open_bound(int protocol, struct loscope_fault *fault) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
  if (fd < 0) return fail_with(fault, "netlink socket");
  struct sockaddr_nl address = {.nl_family = AF_NETLINK};
  if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
  fail_with(fault, "bind");
  close(fd);
  return -1;
}

static void open_inside(void *data) {
  struct opening *opening = data;
  opening->fd = open_bound(opening->protocol, &opening->fault);
}

/* openNetlink(path | null, protocol): a descriptor */
static napi_value open_netlink(napi_env env, napi_callback_info info) {
  napi_value arguments[2], result;
  char text[LOSCOPE_MOST_PATH];
  const char *path;
  struct opening opening = {0};
  if (!read_arguments(env, info, 2, arguments) || !read_int(env, arguments[1], &opening.protocol) ||
      !read_namespace(env, arguments[0], text, &path) || !run_in_namespace(env, path, open_inside, &opening))
    return NULL;
  if (opening.fd < 0) return throw_errno(env, opening.fault.call, opening.fault.error);
  if (napi_create_int32(env, opening.fd, &result) == napi_ok) return result;
  close(opening.fd);
  return NULL;
}

/* sendNetlink(fd, bytes): to the kernel, whole or not at all */
static napi_value send_netlink(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int fd;
  uint8_t *bytes;
  size_t len;
  if (!read_arguments(env, info, 2, arguments) || !read_int(env, arguments[0], &fd) ||
      !read_bytes(env, arguments[1], &bytes, &len))
    return NULL;
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  ssize_t sent;
  do sent = sendto(fd, bytes, len, MSG_NOSIGNAL, (struct sockaddr *)&kernel, sizeof kernel);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? throw_errno(env, "netlink send", errno) : NULL;
}

static int64_t monotonic_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A datagram of the kernel's: its length, which may be above `room` (then it was cut); 0 when there is none in time. */
static ssize_t receive_from_kernel(int fd, uint8_t *into, size_t room, int wait_ms) {
  const int64_t deadline = monotonic_ms() + wait_ms;
  for (;;) {
    struct sockaddr_nl from = {0};
    socklen_t from_len = sizeof from;
    ssize_t len =
        recvfrom(fd, into, room, MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *)&from, &from_len);
    /* Port id 0 is the kernel; a process may be allowed to send to others. */
    if (len > 0 && from_len == sizeof from && from.nl_pid == 0) return len;
    if (len < 0 && errno != EAGAIN && errno != EINTR) return -1;
    int64_t left = deadline - monotonic_ms();
    if (left <= 0) return 0;
    if (len >= 0) continue;
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    if (poll(&wait, 1, (int)left) < 0 && errno != EINTR) return -1;
  }
}

/* receiveNetlink(fd, into: Uint8Array, waitMs): length of the datagram, of which at most into's fits; 0: none came */
static napi_value receive_netlink(napi_env env, napi_callback_info info) {
  napi_value arguments[3], result;
  int fd, wait_ms;
  uint8_t *into;
  size_t room;
  if (!read_arguments(env, info, 3, arguments) || !read_int(env, arguments[0], &fd) ||
      !read_bytes(env, arguments[1], &into, &room) || !read_int(env, arguments[2], &wait_ms))
    return NULL;
  if (wait_ms < 0 || wait_ms > MOST_WAIT_MS || room == 0) return throw_errno(env, "netlink receive", EINVAL);
  ssize_t len = receive_from_kernel(fd, into, room, wait_ms);
  if (len < 0) return throw_errno(env, "netlink receive", errno);
  return napi_create_uint32(env, (uint32_t)len, &result) == napi_ok ? result : NULL;
}

const struct named_function netlink_functions[] = {
    {"openNetlink", open_netlink},
    {"sendNetlink", send_netlink},
    {"receiveNetlink", receive_netlink},
    {NULL, NULL},
};
