/*
 * pcap-filter text to classic BPF, through libpcap where it is installed. No headers are needed: the few declarations
 * below have been the same in every libpcap 1.x (pcap/pcap.h, pcap/bpf.h).
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "addon.h"

struct instruction {
  uint16_t code;
  uint8_t jt;
  uint8_t jf;
  uint32_t k;
};

struct program {
  unsigned len;
  struct instruction *instructions;
};

struct libpcap {
  void *(*open_dead)(int link_type, int snap_len);
  int (*compile)(void *handle, struct program *program, const char *text, int optimize, uint32_t netmask);
  char *(*geterr)(void *handle);
  void (*freecode)(struct program *program);
  void (*close)(void *handle);
};

static const uint32_t netmask_unknown = 0xffffffff;

/* The library stays loaded: it is opened again at no cost. */
static int load(struct libpcap *pcap) {
  static const char *const names[] = {"libpcap.so.1", "libpcap.so.0.8", "libpcap.so"};
  void *library = NULL;
  for (size_t i = 0; library == NULL && i < sizeof names / sizeof names[0]; i++)
    library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) return -1;
  pcap->open_dead = (void *(*)(int, int))dlsym(library, "pcap_open_dead");
  pcap->compile = (int (*)(void *, struct program *, const char *, int, uint32_t))dlsym(library, "pcap_compile");
  pcap->geterr = (char *(*)(void *))dlsym(library, "pcap_geterr");
  pcap->freecode = (void (*)(struct program *))dlsym(library, "pcap_freecode");
  pcap->close = (void (*)(void *))dlsym(library, "pcap_close");
  int whole = pcap->open_dead && pcap->compile && pcap->geterr && pcap->freecode && pcap->close;
  return whole ? 0 : -1;
}

/* compileFilter(text, dlt, snapLen): Uint8Array of struct sock_filter; throws code ENOSYS without libpcap, FILTER else */
static napi_value compile_filter(napi_env env, napi_callback_info info) {
  napi_value arguments[3], buffer, result = NULL;
  int link_type, snap_len;
  size_t text_len;
  struct libpcap pcap;
  struct program program = {0, NULL};
  if (!read_arguments(env, info, 3, arguments) || !read_int(env, arguments[1], &link_type) ||
      !read_int(env, arguments[2], &snap_len))
    return NULL;
  if (napi_get_value_string_utf8(env, arguments[0], NULL, 0, &text_len) != napi_ok)
    return throw_type(env, "not a text");
  if (load(&pcap) < 0) return throw_errno(env, "libpcap", ENOSYS);
  char *text = malloc(text_len + 1);
  void *handle = pcap.open_dead(link_type, snap_len);
  if (text == NULL || handle == NULL) {
    throw_errno(env, "malloc", ENOMEM);
  } else if (napi_get_value_string_utf8(env, arguments[0], text, text_len + 1, &text_len) != napi_ok) {
    throw_type(env, "not a text");
  } else if (pcap.compile(handle, &program, text, 1, netmask_unknown) < 0) {
    napi_throw_error(env, "FILTER", pcap.geterr(handle));
  } else {
    size_t len = program.len * sizeof(struct instruction);
    void *bytes;
    if (napi_create_arraybuffer(env, len, &bytes, &buffer) == napi_ok &&
        napi_create_typedarray(env, napi_uint8_array, len, buffer, 0, &result) == napi_ok)
      memcpy(bytes, program.instructions, len);
    pcap.freecode(&program);
  }
  if (handle != NULL) pcap.close(handle);
  free(text);
  return result;
}

const struct named_function filter_functions[] = {
    {"compileFilter", compile_filter},
    {NULL, NULL},
};
