/*
 * Sends datagrams of 64 bytes at a steady rate until it is ended.
 *
 *     pace ADDRESS PORT RATE           says "ready" when it has begun
 *
 * What is due is sent every 100 microseconds: bursts of 19 at 190,000 a second.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

enum { payload_len = 64, nap_ns = 100000 };

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  struct sockaddr_in to = {.sin_family = AF_INET};
  if (argc != 4 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1) {
    fputs("usage: pace ADDRESS PORT RATE\n", stderr);
    return 2;
  }
  to.sin_port = htons((unsigned short)atoi(argv[2]));
  const double rate = atof(argv[3]);
  const int sender = socket(AF_INET, SOCK_DGRAM, 0);
  if (connect(sender, (struct sockaddr *)&to, sizeof to) != 0) return perror("connect"), 1;
  const char payload[payload_len] = {0};
  puts("ready");
  fflush(stdout);
  const double began = seconds_now();
  for (long sent = 0;;) {
    for (const long due = (long)((seconds_now() - began) * rate); sent < due; sent++) {
      if (send(sender, payload, payload_len, 0) != payload_len) return perror("send"), 1;
    }
    nanosleep(&(struct timespec){.tv_nsec = nap_ns}, NULL);
  }
}
