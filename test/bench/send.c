/*
 * Sends COUNT datagrams of 64 bytes to a bound UDP port of this host, one send(2) each, as fast as one sender can.
 *
 *     send ADDRESS PORT COUNT          prints the seconds it took
 *
 * The port is bound here, so that no ICMP error answers, and never read: its buffer is as small as the kernel
 * allows, so that what a receiver would cost does not blur what a capturer costs.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

enum { payload_len = 64 };

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  struct sockaddr_in to = {.sin_family = AF_INET};
  if (argc != 4 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1) {
    fputs("usage: send ADDRESS PORT COUNT\n", stderr);
    return 2;
  }
  to.sin_port = htons((unsigned short)atoi(argv[2]));
  const long count = atol(argv[3]);
  const int least = 1;
  const int receiver = socket(AF_INET, SOCK_DGRAM, 0);
  setsockopt(receiver, SOL_SOCKET, SO_RCVBUF, &least, sizeof least);
  if (bind(receiver, (struct sockaddr *)&to, sizeof to) != 0) return perror("bind"), 1;
  const int sender = socket(AF_INET, SOCK_DGRAM, 0);
  if (connect(sender, (struct sockaddr *)&to, sizeof to) != 0) return perror("connect"), 1;
  const char payload[payload_len] = {0};
  const double began = seconds_now();
  for (long i = 0; i < count; i++) {
    if (send(sender, payload, payload_len, 0) != payload_len) return perror("send"), 1;
  }
  printf("%.6f\n", seconds_now() - began);
  return 0;
}
