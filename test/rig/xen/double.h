/* What both parts of the double have: the directory, and the domain that a process is in. */
#ifndef LIVERY_XEN_DOUBLE_H_
#define LIVERY_XEN_DOUBLE_H_

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

static inline const char *directory(void) { return getenv("XEN_DOUBLE"); }
static inline unsigned own_domain(void) {
  const char *text = getenv("XEN_DOUBLE_DOMAIN");
  return text ? (unsigned)atoi(text) : 5;
}
static inline char *in_directory(char *into, const char *format, unsigned number) {
  char name[64];
  snprintf(name, sizeof name, format, number);
  snprintf(into, PATH_MAX, "%s/%s", directory(), name);
  return into;
}

#endif
