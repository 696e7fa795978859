/*
 * Reads small files of the kernel (proc(5), sysctl(8)) as another network namespace shows them: /proc/thread-self/net and
 * /proc/sys/net belong to the namespace of the thread that opens them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include "namespace.h"

enum { MOST_FILES = 1 << 16, FIRST_ROOM = 4096 };

struct file {
  char path[LOSCOPE_MOST_PATH];
  uint8_t *bytes;
  size_t len;
  int error;
};

struct reading {
  struct file *files;
  uint32_t count;
  /* A longer file is EFBIG: half of a table would be taken for all of it. */
  size_t most;
};

/* Room for one byte more than `most`, to see that there is more. */
static bool grow(struct file *file, size_t *room, size_t most) {
  if (file->len < *room) return true;
  size_t wanted = *room == 0 ? FIRST_ROOM : *room * 2;
  if (wanted > most + 1) wanted = most + 1;
  uint8_t *bytes = wanted > *room ? realloc(file->bytes, wanted) : NULL;
  if (bytes == NULL) return false;
  file->bytes = bytes;
  *room = wanted;
  return true;
}

static void read_whole(struct file *file, size_t most) {
  size_t room = 0;
  int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) {
    file->error = errno;
    return;
  }
  for (;;) {
    if (!grow(file, &room, most)) {
      file->error = ENOMEM;
      break;
    }
    ssize_t got = read(fd, file->bytes + file->len, room - file->len);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) file->error = errno;
    if (got <= 0) break;
    file->len += (size_t)got;
    if (file->len > most) {
      file->error = EFBIG;
      break;
    }
  }
  close(fd);
}

static void read_all(void *data) {
  struct reading *reading = data;
  for (uint32_t i = 0; i < reading->count; i++) read_whole(&reading->files[i], reading->most);
}

static bool take_names(napi_env env, napi_value names, struct reading *reading) {
  if (napi_get_array_length(env, names, &reading->count) != napi_ok || reading->count > MOST_FILES) {
    throw_type(env, "not an array, or too long");
    return false;
  }
  reading->files = calloc(reading->count == 0 ? 1 : reading->count, sizeof *reading->files);
  if (reading->files == NULL) {
    throw_errno(env, "calloc", ENOMEM);
    return false;
  }
  for (uint32_t i = 0; i < reading->count; i++) {
    napi_value name;
    if (napi_get_element(env, names, i, &name) != napi_ok ||
        !read_name(env, name, reading->files[i].path, sizeof reading->files[i].path))
      return false;
  }
  return true;
}

/* Each file's bytes, or the errno's name. */
static napi_value results(napi_env env, const struct reading *reading) {
  napi_value array;
  if (napi_create_array_with_length(env, reading->count, &array) != napi_ok) return NULL;
  for (uint32_t i = 0; i < reading->count; i++) {
    const struct file *file = &reading->files[i];
    napi_value value;
    napi_status status =
        file->error != 0
            ? napi_create_string_utf8(env, uv_err_name(-file->error), NAPI_AUTO_LENGTH, &value)
            : napi_create_buffer_copy(env, file->len, file->bytes, NULL, &value);
    if (status != napi_ok || napi_set_element(env, array, i, value) != napi_ok) return NULL;
  }
  return array;
}

/* readFiles(path | null, files: Uint8Array[], most): (Buffer | string)[] */
static napi_value read_files(napi_env env, napi_callback_info info) {
  napi_value arguments[3], result = NULL;
  char text[LOSCOPE_MOST_PATH];
  const char *path;
  int most;
  struct reading reading = {0};
  if (!read_arguments(env, info, 3, arguments) || !read_namespace(env, arguments[0], text, &path) ||
      !read_int(env, arguments[2], &most))
    return NULL;
  if (most < 0) return throw_errno(env, "read", EINVAL);
  reading.most = (size_t)most;
  if (take_names(env, arguments[1], &reading) && run_in_namespace(env, path, read_all, &reading))
    result = results(env, &reading);
  for (uint32_t i = 0; reading.files != NULL && i < reading.count; i++) free(reading.files[i].bytes);
  free(reading.files);
  return result;
}

const struct named_function file_functions[] = {
    {"readFiles", read_files},
    {NULL, NULL},
};
