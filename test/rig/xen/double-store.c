/* The double's libxenstore: node /a/b is the file store/a/b/.value. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "double.h"

struct store { int inotify; size_t size, at; char buffer[4096]; int watches[64]; char *paths[64]; };

static char *node(char *into, const char *path) {
  if (path[0] == '/') snprintf(into, PATH_MAX, "%s/store%s", directory(), path);
  else snprintf(into, PATH_MAX, "%s/store/local/domain/%u/%s", directory(), own_domain(), path);
  return into;
}
void *xs_open(unsigned long flags) {
  (void)flags;
  struct stat facts;
  char path[PATH_MAX];
  if (!directory() || stat(node(path, "/"), &facts) != 0) return NULL;
  struct store *self = calloc(1, sizeof *self);
  self->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  return self;
}
void xs_close(struct store *self) {
  for (int i = 0; i < 64; i++) free(self->paths[i]);
  close(self->inotify);
  free(self);
}
void *xs_read(struct store *self, uint32_t transaction, const char *path, unsigned *length) {
  (void)self, (void)transaction;
  char file[PATH_MAX + 8], at[PATH_MAX];
  snprintf(file, sizeof file, "%s/.value", node(at, path));
  int fd = open(file, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return NULL;
  char *value = calloc(1, 4097);
  ssize_t size = read(fd, value, 4096);
  close(fd);
  *length = size < 0 ? 0 : (unsigned)size;
  return value;
}
char **xs_directory(struct store *self, uint32_t transaction, const char *path, unsigned *count) {
  (void)self, (void)transaction;
  char at[PATH_MAX];
  DIR *open = opendir(node(at, path));
  if (!open) return NULL;
  char **names = malloc(64 * sizeof *names + 64 * 256);
  char *text = (char *)(names + 64);
  *count = 0;
  for (struct dirent *entry; (entry = readdir(open)) && *count < 64;) {
    if (entry->d_name[0] == '.') continue;
    names[*count] = text + 256 * *count;
    strcpy(names[(*count)++], entry->d_name);
  }
  closedir(open);
  return names;
}
bool xs_write(struct store *self, uint32_t transaction, const char *path, const void *data,
              unsigned length) {
  (void)self, (void)transaction;
  char at[PATH_MAX], file[PATH_MAX + 8];
  node(at, path);
  for (char *slash = strchr(at + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = 0;
    mkdir(at, 0700);
    *slash = '/';
  }
  mkdir(at, 0700);
  snprintf(file, sizeof file, "%s/.value", at);
  int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  bool whole = write(fd, data, length) == (ssize_t)length;
  close(fd);
  return whole;
}
static int remove_one(const char *path, const struct stat *facts, int type, struct FTW *walk) {
  (void)facts, (void)type, (void)walk;
  return remove(path);
}
bool xs_rm(struct store *self, uint32_t transaction, const char *path) {
  (void)self, (void)transaction;
  char at[PATH_MAX];
  return nftw(node(at, path), remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0;
}
bool xs_set_permissions(struct store *self, uint32_t transaction, const char *path, void *rights,
                        unsigned count) {
  (void)self, (void)transaction, (void)path, (void)rights;
  return count == 2;
}
uint32_t xs_transaction_start(struct store *self) { return self ? 1 : 0; }
bool xs_transaction_end(struct store *self, uint32_t transaction, bool abort) {
  (void)self, (void)transaction, (void)abort;
  return true;
}
bool xs_is_domain_introduced(struct store *self, unsigned domain) {
  (void)self;
  char path[PATH_MAX];
  return access(in_directory(path, "introduced-%u", domain), F_OK) == 0;
}
bool xs_watch(struct store *self, const char *path, const char *token) {
  (void)token;
  char at[PATH_MAX];
  snprintf(at, sizeof at, "%s/%s", directory(), path);
  int fd = open(at, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  int watch = inotify_add_watch(self->inotify, at, IN_ATTRIB);
  for (int i = 0; i < 64 && watch > 0; i++) {
    if (self->paths[i]) continue;
    self->watches[i] = watch;
    self->paths[i] = strdup(path);
    break;
  }
  /* The first event comes at once. */
  futimens(fd, NULL);
  close(fd);
  return watch > 0;
}
int xs_fileno(struct store *self) { return self->inotify; }
char **xs_check_watch(struct store *self) {
  if (self->at >= self->size) {
    ssize_t size = read(self->inotify, self->buffer, sizeof self->buffer);
    if (size <= 0) return NULL;
    self->size = (size_t)size;
    self->at = 0;
  }
  struct inotify_event event;
  memcpy(&event, self->buffer + self->at, sizeof event);
  self->at += sizeof event + event.len;
  for (int i = 0; i < 64; i++) {
    if (!self->paths[i] || self->watches[i] != event.wd) continue;
    char **vector = malloc(2 * sizeof *vector + 256);
    char *text = (char *)(vector + 2);
    strcpy(text, self->paths[i]);
    vector[0] = vector[1] = text;
    return vector;
  }
  return NULL;
}
