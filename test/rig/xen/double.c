/*
 * A double of libxengnttab and libxenevtchn (and libxenstore: double-store.c) for
 * tests without a hypervisor, with their C ABI, over files of one directory (XEN_DOUBLE) that
 * every process of a test uses. It refuses what Xen refuses: references that
 * were not granted, writing to what was granted for reading, ports that nobody
 * offers. What the kernel does for a process that dies it does not do.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "double.h"

#define PAGE 4096u
#define MAX_REFS 65536u
enum { READABLE = 1, WRITABLE = 2 };

static int open_numbered(const char *format, unsigned number, int flags) {
  char path[PATH_MAX];
  return open(in_directory(path, format, number), flags | O_CLOEXEC, 0600);
}

/* ---- grants: page N of grants-D is reference N of domain D, byte N of rights-D says who may */

struct handle { int fd; };
struct notify { void *page; uint32_t offset, port; struct notify *next; };
static struct notify *notifies;
int xenevtchn_notify(void *unused, uint32_t port);

static void *new_handle(int fd) {
  if (fd < 0) return NULL;
  struct handle *self = calloc(1, sizeof *self);
  self->fd = fd;
  return self;
}
static int close_handle(struct handle *self) {
  if (!self) return 0;
  close(self->fd);
  free(self);
  return 0;
}
static void *map_pages(unsigned domain, uint32_t count, const uint32_t *refs, int prot) {
  int fd = open_numbered("grants-%u", domain, prot & PROT_WRITE ? O_RDWR : O_RDONLY);
  if (fd < 0) return NULL;
  uint8_t *area = mmap(NULL, (size_t)count * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (uint32_t i = 0; area != MAP_FAILED && i < count; i++)
    mmap(area + (size_t)i * PAGE, PAGE, prot, MAP_SHARED | MAP_FIXED, fd, (off_t)refs[i] * PAGE);
  close(fd);
  return area == MAP_FAILED ? NULL : area;
}

void *xengnttab_open(void *logger, unsigned flags) {
  (void)logger, (void)flags;
  return new_handle(open_numbered("gntdev", 0, O_RDWR));
}
int xengnttab_close(struct handle *self) { return close_handle(self); }
void *xengnttab_map_domain_grant_refs(struct handle *self, uint32_t count, uint32_t domain,
                                      uint32_t *refs, int prot) {
  (void)self;
  int rights = open_numbered("rights-%u", domain, O_RDONLY);
  for (uint32_t i = 0; i < count; i++) {
    uint8_t right = 0;
    bool there = rights >= 0 && pread(rights, &right, 1, refs[i]) == 1 && right != 0;
    if (there && !(prot & PROT_WRITE && right != WRITABLE)) continue;
    if (rights >= 0) close(rights);
    errno = EINVAL;
    return NULL;
  }
  close(rights);
  return map_pages(domain, count, refs, prot);
}
static void remember(void *page, uint32_t offset, uint32_t port) {
  struct notify *one = malloc(sizeof *one);
  *one = (struct notify){page, offset, port, notifies};
  notifies = one;
}
static void forget(void *page) {
  for (struct notify **at = &notifies; *at; at = &(*at)->next) {
    struct notify *one = *at;
    if (one->page != page) continue;
    ((uint8_t *)page)[one->offset] = 0;
    xenevtchn_notify(NULL, one->port);
    *at = one->next;
    free(one);
    return;
  }
}
void *xengnttab_map_grant_ref_notify(struct handle *self, uint32_t domain, uint32_t ref, int prot,
                                     uint32_t offset, uint32_t port) {
  void *page = xengnttab_map_domain_grant_refs(self, 1, domain, &ref, prot);
  if (page) remember(page, offset, port);
  return page;
}
int xengnttab_unmap(struct handle *self, void *begin, uint32_t count) {
  (void)self;
  forget(begin);
  return munmap(begin, (size_t)count * PAGE);
}

void *xengntshr_open(void *logger, unsigned flags) {
  (void)logger, (void)flags;
  return new_handle(open_numbered("gntalloc", 0, O_RDWR));
}
int xengntshr_close(struct handle *self) { return close_handle(self); }
void *xengntshr_share_pages(struct handle *self, uint32_t domain, int count, uint32_t *refs,
                            int writable) {
  (void)self, (void)domain;
  int rights = open_numbered("rights-%u", own_domain(), O_RDWR | O_CREAT);
  int grants = open_numbered("grants-%u", own_domain(), O_RDWR | O_CREAT);
  flock(rights, LOCK_EX);
  uint8_t all[MAX_REFS] = {0};
  if (read(rights, all, sizeof all) < 0) return NULL;
  int found = 0;
  /* From the top, so that they are not in order, and 8 and less are nobody's. */
  for (uint32_t ref = MAX_REFS - 1; ref > 8 && found < count; ref--) {
    if (ref > 4096 || all[ref]) continue;
    refs[found++] = ref;
    all[ref] = writable ? WRITABLE : READABLE;
  }
  void *area = NULL;
  if (found == count) {
    if (pwrite(rights, all, 4097, 0) != 4097 || ftruncate(grants, 4097 * (off_t)PAGE) != 0) abort();
    area = map_pages(own_domain(), (uint32_t)count, refs, PROT_READ | PROT_WRITE);
    memset(area, 0, (size_t)count * PAGE);
  } else {
    errno = ENOSPC;
  }
  int error = errno;
  close(rights);
  close(grants);
  errno = error;
  return area;
}
void *xengntshr_share_page_notify(struct handle *self, uint32_t domain, uint32_t *ref, int writable,
                                  uint32_t offset, uint32_t port) {
  void *page = xengntshr_share_pages(self, domain, 1, ref, writable);
  if (page) remember(page, offset, port);
  return page;
}
/* Revokes by address: the references are found again by what is mapped there. */
int xengntshr_unshare(struct handle *self, void *begin, uint32_t count) {
  (void)self;
  forget(begin);
  int rights = open_numbered("rights-%u", own_domain(), O_RDWR);
  char line[PATH_MAX + 128];
  FILE *maps = fopen("/proc/self/maps", "re");
  while (maps && fgets(line, sizeof line, maps)) {
    unsigned long from, to, offset;
    if (sscanf(line, "%lx-%lx %*s %lx", &from, &to, &offset) != 3) continue;
    unsigned long first = (unsigned long)begin, last = first + (unsigned long)count * PAGE;
    unsigned long at = from > first ? from : first, end = to < last ? to : last;
    for (; at < end; at += PAGE) {
      uint8_t none = 0;
      if (pwrite(rights, &none, 1, (off_t)((offset + at - from) / PAGE)) != 1) abort();
    }
  }
  if (maps) fclose(maps);
  close(rights);
  return munmap(begin, (size_t)count * PAGE);
}

/* ---- event channels: port N is the file port-N, "FIFO of its owner\nnumber of its peer\n" */

struct events { int fd; char fifo[PATH_MAX]; };

static bool read_port(unsigned port, char *fifo, unsigned *peer) {
  int fd = open_numbered("port-%u", port, O_RDONLY);
  if (fd < 0) return false;
  char text[PATH_MAX + 16] = "";
  ssize_t size = read(fd, text, sizeof text - 1);
  close(fd);
  return size > 0 && sscanf(text, "%4095s %u", fifo, peer) == 2;
}
static void write_port(unsigned port, const char *fifo, unsigned peer) {
  int fd = open_numbered("port-%u", port, O_WRONLY | O_CREAT | O_TRUNC);
  dprintf(fd, "%s\n%u\n", fifo, peer);
  close(fd);
}
static int new_port(const char *fifo, unsigned peer) {
  for (unsigned port = 1;; port++) {
    int fd = open_numbered("port-%u", port, O_WRONLY | O_CREAT | O_EXCL);
    if (fd < 0) continue;
    close(fd);
    write_port(port, fifo, peer);
    return (int)port;
  }
}
void *xenevtchn_open(void *logger, unsigned flags) {
  (void)logger, (void)flags;
  static unsigned count;
  struct events *self = calloc(1, sizeof *self);
  snprintf(self->fifo, sizeof self->fifo, "%s/fifo-%d-%u", directory(), getpid(), ++count);
  if (mkfifo(self->fifo, 0600) == 0)
    self->fd = open(self->fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  else
    self->fd = -1;
  if (self->fd >= 0) return self;
  free(self);
  return NULL;
}
int xenevtchn_close(struct events *self) {
  unlink(self->fifo);
  close(self->fd);
  free(self);
  return 0;
}
int xenevtchn_fd(struct events *self) { return self->fd; }
int xenevtchn_notify(void *unused, uint32_t port) {
  (void)unused;
  char fifo[PATH_MAX];
  unsigned peer = 0, own = 0;
  if (!read_port(port, fifo, &peer) || peer == 0 || !read_port(peer, fifo, &own)) {
    errno = EINVAL;
    return -1;
  }
  int fd = open(fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  ssize_t sent = fd < 0 ? -1 : write(fd, &peer, sizeof peer);
  if (fd >= 0) close(fd);
  return sent == sizeof peer ? 0 : -1;
}
int xenevtchn_bind_unbound_port(struct events *self, uint32_t domain) {
  (void)domain;
  return new_port(self->fifo, 0);
}
int xenevtchn_bind_interdomain(struct events *self, uint32_t domain, uint32_t remote) {
  (void)domain;
  char fifo[PATH_MAX];
  unsigned peer = 0;
  if (!read_port(remote, fifo, &peer) || peer != 0) {
    errno = EINVAL;
    return -1;
  }
  int port = new_port(self->fifo, remote);
  write_port(remote, fifo, (unsigned)port);
  return port;
}
int xenevtchn_unbind(struct events *self, uint32_t port) {
  (void)self;
  char path[PATH_MAX], fifo[PATH_MAX];
  unsigned peer = 0, own = 0;
  /* The other side's port is free for another. */
  if (read_port(port, fifo, &peer) && peer != 0 && read_port(peer, fifo, &own))
    write_port(peer, fifo, 0);
  return unlink(in_directory(path, "port-%u", port));
}
int xenevtchn_pending(struct events *self) {
  uint32_t port;
  return read(self->fd, &port, sizeof port) == sizeof port ? (int)port : -1;
}
int xenevtchn_unmask(struct events *self, uint32_t port) {
  (void)self, (void)port;
  return 0;
}
