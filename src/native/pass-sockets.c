/*
 * SCM_RIGHTS: see the header.
 */
#include "pass-sockets.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Room for the most descriptors, aligned as control messages must be. */
union control {
  struct cmsghdr align;
  char bytes[CMSG_SPACE(sizeof(int) * LOSCOPE_MOST_FDS)];
};

int loscope_send_sockets(int channel, const struct loscope_sockets *sockets) {
  union control control;
  char byte = 'S';
  struct iovec data = {.iov_base = &byte, .iov_len = 1};
  size_t len = sizeof(int) * (size_t)sockets->count;
  struct msghdr message = {
      .msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = CMSG_SPACE(len)};
  memset(&control, 0, sizeof control);
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(len);
  memcpy(CMSG_DATA(header), sockets->fds, len);
  ssize_t sent;
  do sent = sendmsg(channel, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent == 1 ? 0 : -1;
}

int loscope_receive_sockets(int channel, struct loscope_sockets *sockets) {
  union control control;
  char byte;
  struct iovec data = {.iov_base = &byte, .iov_len = 1};
  struct msghdr message = {
      .msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  ssize_t received;
  sockets->count = 0;
  do received = recvmsg(channel, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  while (received < 0 && errno == EINTR);
  if (received < 0) return -1;
  struct cmsghdr *header = received == 1 ? CMSG_FIRSTHDR(&message) : NULL;
  if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
    size_t len = header->cmsg_len - CMSG_LEN(0);
    if (len > sizeof sockets->fds) len = sizeof sockets->fds;
    memcpy(sockets->fds, CMSG_DATA(header), len);
    sockets->count = (int)(len / sizeof(int));
  }
  if (sockets->count >= LOSCOPE_FIXED && (message.msg_flags & MSG_CTRUNC) == 0) return 0;
  loscope_close_sockets(sockets);
  errno = ENODATA;
  return -1;
}
