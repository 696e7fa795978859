/*
 * Sends whole frames through a packet socket (packet(7)) at a steady rate, the same ones in turn, past every rule of the
 * IP stack: what a wire carries where a test says so. The taps of the interface see them, as any other frame.
 *
 *     send-frames INTERFACE PER_SECOND COUNT < FRAMES          PER_SECOND 0 is as fast as it can
 *
 * FRAMES is each frame behind its length, two bytes, the most significant first. Prints the seconds it took and how many
 * frames the interface did not take, which are not sent again.
 */
#define _GNU_SOURCE
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_BYTES = 64 << 20, MOST_FRAMES = 1 << 20, MOST_AT_ONCE = 32 };

static uint8_t bytes[MOST_BYTES];
static struct iovec frames[MOST_FRAMES];

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The number of frames on standard input; 0 where it is none, or no list of frames. */
static size_t read_frames(void) {
  size_t len = 0, count = 0, at = 0;
  for (ssize_t got; (got = read(0, bytes + len, sizeof bytes - len)) > 0;) len += (size_t)got;
  while (at + 2 <= len && count < MOST_FRAMES) {
    const size_t frame_len = (size_t)bytes[at] << 8 | bytes[at + 1];
    if (frame_len > len - at - 2) return 0;
    frames[count++] = (struct iovec){.iov_base = bytes + at + 2, .iov_len = frame_len};
    at += 2 + frame_len;
  }
  return at == len ? count : 0;
}

static void sleep_until(double when) {
  const double left = when - seconds_now();
  if (left <= 0) return;
  const struct timespec wait = {.tv_sec = (time_t)left, .tv_nsec = (long)((left - (double)(time_t)left) * 1e9)};
  nanosleep(&wait, NULL);
}

int main(int argc, char **argv) {
  const size_t kinds = argc == 4 ? read_frames() : 0;
  if (kinds == 0) {
    fputs("usage: send-frames INTERFACE PER_SECOND COUNT < FRAMES\n", stderr);
    return 2;
  }
  const double per_second = atof(argv[2]);
  const long count = atol(argv[3]);
  /* Protocol 0: it receives nothing. */
  const int fd = socket(AF_PACKET, SOCK_RAW, 0);
  const struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(argv[1])};
  if (fd < 0 || to.sll_ifindex == 0 || bind(fd, (const struct sockaddr *)&to, sizeof to) != 0) {
    perror(argv[1]);
    return 1;
  }
  struct mmsghdr messages[MOST_AT_ONCE];
  long refused = 0;
  const double began = seconds_now();
  for (long sent = 0; sent < count;) {
    long many = count - sent < MOST_AT_ONCE ? count - sent : MOST_AT_ONCE;
    memset(messages, 0, sizeof messages);
    for (long i = 0; i < many; i++) {
      messages[i].msg_hdr.msg_iov = &frames[(size_t)(sent + i) % kinds];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
    const int took = sendmmsg(fd, messages, (unsigned)many, 0);
    if (took <= 0) refused++;
    sent += took <= 0 ? 1 : took;
    if (per_second > 0) sleep_until(began + (double)sent / per_second);
  }
  printf("%.6f %ld\n", seconds_now() - began, refused);
  return 0;
}
