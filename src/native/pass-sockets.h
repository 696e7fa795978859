/*
 * Descriptors from one process to another over a Unix socket (SCM_RIGHTS, unix(7)): all in one message of one byte.
 */
#ifndef LOSCOPE_PASS_SOCKETS_H
#define LOSCOPE_PASS_SOCKETS_H

#include "open-sockets.h"

/* Both return 0, or -1 with errno set. What is received is close-on-exec; ENODATA is a message without descriptors. */
int loscope_send_sockets(int channel, const struct loscope_sockets *sockets);
int loscope_receive_sockets(int channel, struct loscope_sockets *sockets);

#endif
