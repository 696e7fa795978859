/*
 * loscope-open CHANNEL RAW COOKED [NAMESPACE-PATH]
 *
 * Opens RAW packet sockets of SOCK_RAW and COOKED ones of SOCK_DGRAM, in the network namespace at NAMESPACE-PATH if
 * one is given, passes them over the Unix socket that it inherited as descriptor CHANNEL, and ends. On failure it
 * writes `ERRNO CALL` to standard error and ends with 1.
 *
 * It is meant to carry the file capabilities cap_net_raw and cap_sys_admin as permitted ones (`npm run grant`), and
 * does as little as it can with them: it takes nothing from the environment, raises a capability only around the
 * call that needs it, opens the path with the user's own rights, and has none left when it talks to the caller.
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "open-sockets.h"
#include "pass-sockets.h"

static _Noreturn void refuse(const char *call, int error) {
  dprintf(STDERR_FILENO, "%d %s\n", error, call);
  _exit(1);
}

/* A whole decimal number from least to most, or refuse. */
static unsigned number(const char *text, unsigned least, unsigned most) {
  size_t len = strnlen(text, 5);
  if (len == 0 || len > 4 || strspn(text, "0123456789") != len) refuse("arguments", EINVAL);
  unsigned long value = strtoul(text, NULL, 10);
  if (value < least || value > most) refuse("arguments", EINVAL);
  return (unsigned)value;
}

static void set_capabilities(unsigned permitted, unsigned effective) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  struct __user_cap_data_struct data[2] = {{.effective = effective, .permitted = permitted}};
  if (syscall(SYS_capset, &header, data) < 0) refuse("capset", errno);
}

static unsigned permitted_capabilities(void) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  struct __user_cap_data_struct data[2];
  if (syscall(SYS_capget, &header, data) < 0) refuse("capget", errno);
  return data[0].permitted;
}

static bool is_unix_socket(int fd) {
  int domain = 0;
  socklen_t len = sizeof domain;
  return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 && domain == AF_UNIX;
}

int main(int argc, char **argv) {
  const unsigned net_raw = 1u << CAP_NET_RAW;
  const unsigned sys_admin = 1u << CAP_SYS_ADMIN;
  /* What was not granted stays out; calls then fail with the reason. */
  unsigned usable = permitted_capabilities() & (net_raw | sys_admin);
  set_capabilities(usable, 0);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) refuse("prctl", errno);

  if (argc < 4 || argc > 5) refuse("arguments", EINVAL);
  int channel = (int)number(argv[1], 3, 1023);
  unsigned raw = number(argv[2], 0, LOSCOPE_MOST_SOCKETS);
  unsigned cooked = number(argv[3], 0, LOSCOPE_MOST_SOCKETS - raw);
  const char *path = argc == 5 ? argv[4] : NULL;
  if (path != NULL && (path[0] != '/' || strnlen(path, LOSCOPE_MOST_PATH) == LOSCOPE_MOST_PATH))
    refuse("arguments", EINVAL);
  if (!is_unix_socket(channel)) refuse("arguments", ENOTSOCK);

  struct loscope_fault fault;
  struct loscope_sockets sockets;
  if (path != NULL) {
    /* Opened with the user's own rights; only entering needs the capability. */
    int namespace = loscope_open_namespace(path, &fault);
    if (namespace < 0) refuse(fault.call, fault.error);
    set_capabilities(usable, usable & sys_admin);
    if (loscope_enter_namespace(namespace, &fault) < 0) refuse(fault.call, fault.error);
  }
  set_capabilities(usable & net_raw, usable & net_raw);
  if (loscope_open_sockets(raw, cooked, &sockets, &fault) < 0) refuse(fault.call, fault.error);
  set_capabilities(0, 0);
  if (loscope_send_sockets(channel, &sockets) < 0) refuse("sendmsg", errno);
  return 0;
}
