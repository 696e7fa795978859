/*
 * One attempt to send with an ordinary socket: opened, bound as asked, used once without blocking, closed. No state, no
 * privilege of its own (since Linux 5.7 a socket that is bound to no device may be bound to one by anybody). And a port
 * that is held in a namespace while attempts go to it, so that it is nobody's service.
 *
 * UDP and ICMP send one message; ICMP by the socket of icmp(7) that anybody may have, "ping socket". TCP sends a SYN; its
 * socket is closed before the kernel would send another.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "namespace.h"

enum { MOST_PAYLOAD = 64, MOST_DEVICE = 16, PORT_TRIES = 16 };

union address {
  struct sockaddr any;
  struct sockaddr_in ip;
  struct sockaddr_in6 ip6;
};

struct attempt {
  int protocol;
  char device[MOST_DEVICE];
  union address source, destination;
  socklen_t source_len, destination_len;
  uint8_t message[MOST_PAYLOAD];
  size_t message_len;
  /* What came of it: the call that failed and its errno, or NULL; and what was sent from. */
  struct loscope_fault fault;
  int local_port;
};

static void fault_of(struct loscope_fault *fault, const char *call) {
  fault->call = call;
  fault->error = errno;
}

static int open_for(const struct attempt *attempt) {
  int family = attempt->destination.any.sa_family;
  int type = attempt->protocol == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM;
  bool is_ping6 = attempt->protocol == IPPROTO_ICMP && family == AF_INET6;
  return socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, is_ping6 ? IPPROTO_ICMPV6 : attempt->protocol);
}

static const char *use(struct attempt *attempt, int fd) {
  const int on = 1;
  if (attempt->device[0] != '\0' &&
      setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, attempt->device, (socklen_t)strlen(attempt->device)) < 0)
    return "SO_BINDTODEVICE";
  if (setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on) < 0) return "SO_BROADCAST";
  if (attempt->source_len > 0 && bind(fd, &attempt->source.any, attempt->source_len) < 0) return "bind";
  if (attempt->protocol == IPPROTO_TCP) {
    if (connect(fd, &attempt->destination.any, attempt->destination_len) < 0 && errno != EINPROGRESS &&
        errno != ECONNREFUSED)
      return "connect";
  } else if (sendto(fd, attempt->message, attempt->message_len, MSG_NOSIGNAL, &attempt->destination.any,
                    attempt->destination_len) < 0) {
    return "sendto";
  }
  union address local = {0};
  socklen_t local_len = sizeof local;
  if (getsockname(fd, &local.any, &local_len) == 0)
    attempt->local_port = ntohs(local.any.sa_family == AF_INET ? local.ip.sin_port : local.ip6.sin6_port);
  return NULL;
}

static void attempt_inside(void *data) {
  struct attempt *attempt = data;
  int fd = open_for(attempt);
  if (fd < 0) {
    fault_of(&attempt->fault, "socket");
    return;
  }
  const char *failed = use(attempt, fd);
  if (failed != NULL) fault_of(&attempt->fault, failed);
  close(fd);
}

/* Bytes of an address (none, 4 or 16), a scope and a port to what the kernel takes. */
static int read_address(napi_env env, napi_value value, int scope, int port, union address *address, socklen_t *len) {
  uint8_t *bytes;
  size_t bytes_len;
  if (!read_bytes(env, value, &bytes, &bytes_len)) return 0;
  *len = 0;
  if (bytes_len == 0) return 1;
  if (bytes_len == 4) {
    address->ip = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    memcpy(&address->ip.sin_addr, bytes, 4);
    *len = sizeof address->ip;
  } else if (bytes_len == 16) {
    address->ip6 = (struct sockaddr_in6){
        .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port), .sin6_scope_id = (uint32_t)scope};
    memcpy(&address->ip6.sin6_addr, bytes, 16);
    *len = sizeof address->ip6;
  } else {
    throw_type(env, "an address has 4 or 16 bytes");
    return 0;
  }
  return 1;
}

/* [ 'sent' | 'CALL ERRNO', local port ] */
static napi_value result_of(napi_env env, const struct attempt *attempt) {
  const struct loscope_fault *fault = &attempt->fault;
  char text[64];
  if (fault->call == NULL) snprintf(text, sizeof text, "sent");
  else snprintf(text, sizeof text, "%s %s", fault->call, uv_err_name(-fault->error));
  napi_value result, word, port;
  if (napi_create_array_with_length(env, 2, &result) != napi_ok ||
      napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &word) != napi_ok ||
      napi_create_int32(env, attempt->local_port, &port) != napi_ok ||
      napi_set_element(env, result, 0, word) != napi_ok || napi_set_element(env, result, 1, port) != napi_ok)
    return NULL;
  return result;
}

/* probeOnce(path | null, protocol, device: Uint8Array, source, destination, scope, port, message) */
static napi_value probe_once(napi_env env, napi_callback_info info) {
  napi_value arguments[8];
  char text[LOSCOPE_MOST_PATH];
  const char *path;
  struct attempt attempt = {0};
  int scope, port;
  uint8_t *message;
  if (!read_arguments(env, info, 8, arguments) || !read_namespace(env, arguments[0], text, &path) ||
      !read_int(env, arguments[1], &attempt.protocol) ||
      !read_name(env, arguments[2], attempt.device, sizeof attempt.device) || !read_int(env, arguments[5], &scope) ||
      !read_int(env, arguments[6], &port) ||
      !read_address(env, arguments[3], scope, 0, &attempt.source, &attempt.source_len) ||
      !read_address(env, arguments[4], scope, port, &attempt.destination, &attempt.destination_len) ||
      !read_bytes(env, arguments[7], &message, &attempt.message_len))
    return NULL;
  if (attempt.message_len > sizeof attempt.message || attempt.destination_len == 0)
    return throw_errno(env, "probe", EINVAL);
  if (attempt.message_len > 0) memcpy(attempt.message, message, attempt.message_len);
  return run_in_namespace(env, path, attempt_inside, &attempt) ? result_of(env, &attempt) : NULL;
}

struct holding {
  int fds[2];
  int port;
  struct loscope_fault fault;
};

/* On every address of the namespace: both IP versions, or version 4 where the kernel has no other. */
static int hold_one(int family, int type, int port, struct loscope_fault *fault) {
  const int off = 0;
  int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) {
    fault_of(fault, "socket");
    return -1;
  }
  union address address = {0};
  socklen_t len = family == AF_INET ? sizeof address.ip : sizeof address.ip6;
  address.any.sa_family = (sa_family_t)family;
  /* Of both families, the port is at the same place. */
  address.ip.sin_port = htons((uint16_t)port);
  if (family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (bind(fd, &address.any, len) == 0) return fd;
  fault_of(fault, "bind");
  close(fd);
  return -1;
}

static int port_of(int fd) {
  union address address = {0};
  socklen_t len = sizeof address;
  return getsockname(fd, &address.any, &len) < 0 ? 0 : ntohs(address.ip.sin_port);
}

static void hold_inside(void *data) {
  struct holding *holding = data;
  int family = AF_INET6;
  for (int tries = 0; tries < PORT_TRIES && holding->fds[1] < 0; tries++) {
    int udp = hold_one(family, SOCK_DGRAM, 0, &holding->fault);
    if (udp < 0 && family == AF_INET6) {
      family = AF_INET;
      continue;
    }
    if (udp < 0) return;
    holding->port = port_of(udp);
    holding->fds[0] = udp;
    holding->fds[1] = hold_one(family, SOCK_STREAM, holding->port, &holding->fault);
    if (holding->fds[1] < 0) close(udp);
  }
}

/* holdPort(path | null): [ UDP socket, TCP socket that does not listen, port ] */
static napi_value hold_port(napi_env env, napi_callback_info info) {
  napi_value arguments[1], result;
  char text[LOSCOPE_MOST_PATH];
  const char *path;
  struct holding holding = {.fds = {-1, -1}};
  if (!read_arguments(env, info, 1, arguments) || !read_namespace(env, arguments[0], text, &path) ||
      !run_in_namespace(env, path, hold_inside, &holding))
    return NULL;
  if (holding.fds[1] < 0) return throw_errno(env, holding.fault.call, holding.fault.error);
  const int numbers[] = {holding.fds[0], holding.fds[1], holding.port};
  bool is_made = napi_create_array_with_length(env, 3, &result) == napi_ok;
  for (uint32_t i = 0; is_made && i < 3; i++) {
    napi_value number;
    is_made = napi_create_int32(env, numbers[i], &number) == napi_ok &&
              napi_set_element(env, result, i, number) == napi_ok;
  }
  if (is_made) return result;
  close(holding.fds[0]);
  close(holding.fds[1]);
  return NULL;
}

const struct named_function probe_functions[] = {
    {"probeOnce", probe_once},
    {"holdPort", hold_port},
    {NULL, NULL},
};
