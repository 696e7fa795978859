/*
 * Interfaces as netdevice(7) tells them, in the namespace of the socket that is asked.
 */
#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <linux/sockios.h>

#include "addon.h"

static bool set_number(napi_env env, napi_value object, const char *name, int32_t value) {
  napi_value number;
  return napi_create_int32(env, value, &number) == napi_ok &&
         napi_set_named_property(env, object, name, number) == napi_ok;
}

/* interfaceByName(fd, name: Uint8Array): {index, flags, hardware, mtu} */
static napi_value interface_by_name(napi_env env, napi_callback_info info) {
  napi_value arguments[2], result;
  int fd, index, flags, hardware;
  struct ifreq request = {0};
  if (!read_arguments(env, info, 2, arguments) || !read_int(env, arguments[0], &fd)) return NULL;
  if (!read_name(env, arguments[1], request.ifr_name, sizeof request.ifr_name)) return NULL;
  if (ioctl(fd, SIOCGIFINDEX, &request) < 0) return throw_errno(env, "SIOCGIFINDEX", errno);
  index = request.ifr_ifindex;
  if (ioctl(fd, SIOCGIFFLAGS, &request) < 0) return throw_errno(env, "SIOCGIFFLAGS", errno);
  flags = (unsigned short)request.ifr_flags;
  if (ioctl(fd, SIOCGIFHWADDR, &request) < 0) return throw_errno(env, "SIOCGIFHWADDR", errno);
  hardware = request.ifr_hwaddr.sa_family;
  if (ioctl(fd, SIOCGIFMTU, &request) < 0) return throw_errno(env, "SIOCGIFMTU", errno);
  if (napi_create_object(env, &result) != napi_ok || !set_number(env, result, "index", index) ||
      !set_number(env, result, "flags", flags) || !set_number(env, result, "hardware", hardware) ||
      !set_number(env, result, "mtu", request.ifr_mtu))
    return NULL;
  return result;
}

/* interfaceName(fd, index): Buffer */
static napi_value interface_name(napi_env env, napi_callback_info info) {
  napi_value arguments[2], result;
  int fd;
  struct ifreq request = {0};
  if (!read_arguments(env, info, 2, arguments) || !read_int(env, arguments[0], &fd) ||
      !read_int(env, arguments[1], &request.ifr_ifindex))
    return NULL;
  if (ioctl(fd, SIOCGIFNAME, &request) < 0) return throw_errno(env, "SIOCGIFNAME", errno);
  size_t len = strnlen(request.ifr_name, sizeof request.ifr_name);
  return napi_create_buffer_copy(env, len, request.ifr_name, NULL, &result) == napi_ok ? result : NULL;
}

const struct named_function interface_functions[] = {
    {"interfaceByName", interface_by_name},
    {"interfaceName", interface_name},
    {NULL, NULL},
};
