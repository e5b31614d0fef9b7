// Xen's own libraries, found at run time: nothing of Xen is needed to build the
// addon or to run it where no domain is to be shown. The functions are declared
// here by their C ABI, which is stable for as long as the library's name is.
#ifndef LIVERY_XEN_LIBRARIES_H_
#define LIVERY_XEN_LIBRARIES_H_

#include <cstdarg>
#include <cstdint>
#include <memory>
#include <string>

namespace livery {

// Opaque to everybody but the libraries.
struct XenGrantTable;
struct XenGrantShare;
struct XenEventChannels;
struct XenStore;

// xentoollog.h, struct xentoollog_logger. Without one the libraries write to standard error.
struct XenLogger {
  void (*message)(XenLogger*, int level, int error, const char* context, const char* format,
                  va_list);
  void (*progress)(XenLogger*, const char*, const char*, int, unsigned long, unsigned long);
  void (*destroy)(XenLogger*);
};

// xenstore_lib.h, struct xs_permissions.
struct XenPermission {
  unsigned int domain;
  unsigned int rights;
};
constexpr unsigned int kXenNoRights = 0;
constexpr unsigned int kXenMayRead = 1;

struct XenLibraries {
  // xengnttab.h (libxengnttab.so.1): pages of other domains.
  XenGrantTable* (*xengnttab_open)(XenLogger*, unsigned flags);
  int (*xengnttab_close)(XenGrantTable*);
  void* (*xengnttab_map_domain_grant_refs)(XenGrantTable*, uint32_t count, uint32_t domain,
                                           uint32_t* refs, int protection);
  void* (*xengnttab_map_grant_ref_notify)(XenGrantTable*, uint32_t domain, uint32_t ref,
                                          int protection, uint32_t notify_offset,
                                          uint32_t notify_port);
  int (*xengnttab_unmap)(XenGrantTable*, void* begin, uint32_t count);
  // xengnttab.h: pages of ours for another domain.
  XenGrantShare* (*xengntshr_open)(XenLogger*, unsigned flags);
  int (*xengntshr_close)(XenGrantShare*);
  void* (*xengntshr_share_pages)(XenGrantShare*, uint32_t domain, int count, uint32_t* refs,
                                 int writable);
  void* (*xengntshr_share_page_notify)(XenGrantShare*, uint32_t domain, uint32_t* ref,
                                       int writable, uint32_t notify_offset, uint32_t notify_port);
  int (*xengntshr_unshare)(XenGrantShare*, void* begin, uint32_t count);
  // xenevtchn.h (libxenevtchn.so.1).
  XenEventChannels* (*xenevtchn_open)(XenLogger*, unsigned flags);
  int (*xenevtchn_close)(XenEventChannels*);
  int (*xenevtchn_fd)(XenEventChannels*);
  int (*xenevtchn_notify)(XenEventChannels*, uint32_t port);
  int (*xenevtchn_bind_unbound_port)(XenEventChannels*, uint32_t domain);
  int (*xenevtchn_bind_interdomain)(XenEventChannels*, uint32_t domain, uint32_t remote_port);
  int (*xenevtchn_unbind)(XenEventChannels*, uint32_t port);
  int (*xenevtchn_pending)(XenEventChannels*);
  int (*xenevtchn_unmask)(XenEventChannels*, uint32_t port);
  // xenstore.h (libxenstore.so.4).
  XenStore* (*xs_open)(unsigned long flags);
  void (*xs_close)(XenStore*);
  void* (*xs_read)(XenStore*, uint32_t transaction, const char* path, unsigned int* length);
  char** (*xs_directory)(XenStore*, uint32_t transaction, const char* path, unsigned int* count);
  bool (*xs_write)(XenStore*, uint32_t transaction, const char* path, const void* data,
                   unsigned int length);
  bool (*xs_rm)(XenStore*, uint32_t transaction, const char* path);
  bool (*xs_set_permissions)(XenStore*, uint32_t transaction, const char* path, XenPermission*,
                             unsigned int count);
  uint32_t (*xs_transaction_start)(XenStore*);
  bool (*xs_transaction_end)(XenStore*, uint32_t transaction, bool abort);
  bool (*xs_is_domain_introduced)(XenStore*, unsigned int domain);
  bool (*xs_watch)(XenStore*, const char* path, const char* token);
  int (*xs_fileno)(XenStore*);
  char** (*xs_check_watch)(XenStore*);

  // Loads them from `directory`, or from where the system has them when it is empty. They stay
  // for the life of the process. On failure nothing, and `fault` says which one and why.
  static std::unique_ptr<const XenLibraries> Load(const std::string& directory,
                                                  std::string& fault);
};

// Drops everything: what a qube makes the libraries say must not fill a log.
XenLogger* SilentXenLogger();

}  // namespace livery

#endif  // LIVERY_XEN_LIBRARIES_H_
