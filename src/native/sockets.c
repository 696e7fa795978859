/*
 * System calls on packet sockets: opening them here or receiving them from loscope-open, options, filter, binding.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "namespace.h"
#include "pass-sockets.h"

struct opening {
  unsigned raw;
  unsigned cooked;
  struct loscope_sockets sockets;
  struct loscope_fault fault;
  bool failed;
};

static void open_inside(void *data) {
  struct opening *opening = data;
  opening->failed = loscope_open_sockets(opening->raw, opening->cooked, &opening->sockets, &opening->fault) < 0;
}

static napi_value array_of(napi_env env, const int *numbers, int count) {
  napi_value array;
  if (napi_create_array_with_length(env, (size_t)count, &array) != napi_ok) return NULL;
  for (int i = 0; i < count; i++) {
    napi_value number;
    if (napi_create_int32(env, numbers[i], &number) != napi_ok) return NULL;
    if (napi_set_element(env, array, (uint32_t)i, number) != napi_ok) return NULL;
  }
  return array;
}

static napi_value array_or_close(napi_env env, struct loscope_sockets *sockets) {
  napi_value array = array_of(env, sockets->fds, sockets->count);
  if (array == NULL) loscope_close_sockets(sockets);
  return array;
}

/* openSockets(path | null, raw, cooked): number[] */
static napi_value open_sockets(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  char text[LOSCOPE_MOST_PATH];
  const char *path;
  int raw, cooked;
  struct opening opening = {0};
  if (!read_arguments(env, info, 3, arguments) || !read_namespace(env, arguments[0], text, &path) ||
      !read_int(env, arguments[1], &raw) || !read_int(env, arguments[2], &cooked))
    return NULL;
  if (raw < 0 || cooked < 0) return throw_errno(env, "socket", EINVAL);
  opening.raw = (unsigned)raw;
  opening.cooked = (unsigned)cooked;
  if (!run_in_namespace(env, path, open_inside, &opening)) return NULL;
  if (opening.failed) return throw_errno(env, opening.fault.call, opening.fault.error);
  return array_or_close(env, &opening.sockets);
}

/* socketPair(): [number, number] */
static napi_value socket_pair(napi_env env, napi_callback_info info) {
  (void)info;
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) return throw_errno(env, "socketpair", errno);
  napi_value array = array_of(env, pair, 2);
  if (array == NULL) {
    close(pair[0]);
    close(pair[1]);
  }
  return array;
}

/* receiveSockets(fd): number[] */
static napi_value receive_sockets(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  int channel;
  struct loscope_sockets sockets;
  if (!read_arguments(env, info, 1, arguments) || !read_int(env, arguments[0], &channel)) return NULL;
  if (loscope_receive_sockets(channel, &sockets) < 0) return throw_errno(env, "recvmsg", errno);
  return array_or_close(env, &sockets);
}

/* setOption(fd, level, name, value: Uint8Array) */
static napi_value set_option(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  int fd, level, name;
  uint8_t *value;
  size_t len;
  if (!read_arguments(env, info, 4, arguments) || !read_int(env, arguments[0], &fd) ||
      !read_int(env, arguments[1], &level) || !read_int(env, arguments[2], &name) ||
      !read_bytes(env, arguments[3], &value, &len))
    return NULL;
  if (setsockopt(fd, level, name, value, (socklen_t)len) < 0) return throw_errno(env, "setsockopt", errno);
  return NULL;
}

/* getOption(fd, level, name, value: Uint8Array): the bytes written to value */
static napi_value get_option(napi_env env, napi_callback_info info) {
  napi_value arguments[4], result;
  int fd, level, name;
  uint8_t *value;
  size_t len;
  if (!read_arguments(env, info, 4, arguments) || !read_int(env, arguments[0], &fd) ||
      !read_int(env, arguments[1], &level) || !read_int(env, arguments[2], &name) ||
      !read_bytes(env, arguments[3], &value, &len))
    return NULL;
  socklen_t used = (socklen_t)len;
  if (getsockopt(fd, level, name, value, &used) < 0) return throw_errno(env, "getsockopt", errno);
  return napi_create_uint32(env, used, &result) == napi_ok ? result : NULL;
}

/* attachFilter(fd, program: Uint8Array of struct sock_filter) */
static napi_value attach_filter(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int fd;
  uint8_t *bytes;
  size_t len;
  if (!read_arguments(env, info, 2, arguments) || !read_int(env, arguments[0], &fd) ||
      !read_bytes(env, arguments[1], &bytes, &len))
    return NULL;
  if (len == 0 || len % sizeof(struct sock_filter) != 0 || len / sizeof(struct sock_filter) > BPF_MAXINSNS)
    return throw_errno(env, "SO_ATTACH_FILTER", EINVAL);
  struct sock_fprog program = {.len = (unsigned short)(len / sizeof(struct sock_filter)),
                               .filter = (struct sock_filter *)(void *)bytes};
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0)
    return throw_errno(env, "SO_ATTACH_FILTER", errno);
  return NULL;
}

/* bindPacket(fd, protocol, interfaceIndex): frames arrive from now on; index 0 is every interface */
static napi_value bind_packet(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  int fd, protocol, index;
  if (!read_arguments(env, info, 3, arguments) || !read_int(env, arguments[0], &fd) ||
      !read_int(env, arguments[1], &protocol) || !read_int(env, arguments[2], &index))
    return NULL;
  struct sockaddr_ll address = {
      .sll_family = AF_PACKET, .sll_protocol = htons((uint16_t)protocol), .sll_ifindex = index};
  if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) return throw_errno(env, "bind", errno);
  return NULL;
}

/* closeSocket(fd): Node's own close would warn of a descriptor that it did not open in this thread */
static napi_value close_socket(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  int fd;
  if (!read_arguments(env, info, 1, arguments) || !read_int(env, arguments[0], &fd)) return NULL;
  if (close(fd) < 0) return throw_errno(env, "close", errno);
  return NULL;
}

const struct named_function socket_functions[] = {
    {"openSockets", open_sockets},   {"socketPair", socket_pair},       {"receiveSockets", receive_sockets},
    {"setOption", set_option},       {"getOption", get_option},         {"attachFilter", attach_filter},
    {"bindPacket", bind_packet},     {"closeSocket", close_socket},     {NULL, NULL},
};
