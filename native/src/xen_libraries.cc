#include "xen_libraries.h"

#include <dlfcn.h>

namespace livery {
namespace {

constexpr const char* kGrants = "libxengnttab.so.1";
constexpr const char* kEvents = "libxenevtchn.so.1";
constexpr const char* kStore = "libxenstore.so.4";

class Loader {
 public:
  Loader(const std::string& directory, std::string& fault)
      : directory_(directory), fault_(fault) {}

  void Open(const char* name) {
    if (!fault_.empty()) return;
    const std::string path = directory_.empty() ? name : directory_ + "/" + name;
    library_ = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    name_ = name;
    if (library_ == nullptr) Fail();
  }

  template <typename Function>
  void Find(Function& function, const char* symbol) {
    if (!fault_.empty()) return;
    function = reinterpret_cast<Function>(dlsym(library_, symbol));
    if (function == nullptr) Fail();
  }

 private:
  void Fail() {
    const char* reason = dlerror();
    fault_ = std::string(name_) + " cannot be used: " + (reason == nullptr ? "?" : reason);
  }

  const std::string& directory_;
  std::string& fault_;
  void* library_ = nullptr;
  const char* name_ = "";
};

}  // namespace

std::unique_ptr<const XenLibraries> XenLibraries::Load(const std::string& directory,
                                                       std::string& fault) {
  auto all = std::make_unique<XenLibraries>();
  Loader loader(directory, fault);
#define FIND(name) loader.Find(all->name, #name)
  loader.Open(kGrants);
  FIND(xengnttab_open);
  FIND(xengnttab_close);
  FIND(xengnttab_map_domain_grant_refs);
  FIND(xengnttab_map_grant_ref_notify);
  FIND(xengnttab_unmap);
  FIND(xengntshr_open);
  FIND(xengntshr_close);
  FIND(xengntshr_share_pages);
  FIND(xengntshr_share_page_notify);
  FIND(xengntshr_unshare);
  loader.Open(kEvents);
  FIND(xenevtchn_open);
  FIND(xenevtchn_close);
  FIND(xenevtchn_fd);
  FIND(xenevtchn_notify);
  FIND(xenevtchn_bind_unbound_port);
  FIND(xenevtchn_bind_interdomain);
  FIND(xenevtchn_unbind);
  FIND(xenevtchn_pending);
  FIND(xenevtchn_unmask);
  loader.Open(kStore);
  FIND(xs_open);
  FIND(xs_close);
  FIND(xs_read);
  FIND(xs_directory);
  FIND(xs_write);
  FIND(xs_rm);
  FIND(xs_set_permissions);
  FIND(xs_transaction_start);
  FIND(xs_transaction_end);
  FIND(xs_is_domain_introduced);
  FIND(xs_watch);
  FIND(xs_fileno);
  FIND(xs_check_watch);
#undef FIND
  if (!fault.empty()) return nullptr;
  return all;
}

XenLogger* SilentXenLogger() {
  static XenLogger logger{
      [](XenLogger*, int, int, const char*, const char*, va_list) {},
      [](XenLogger*, const char*, const char*, int, unsigned long, unsigned long) {},
      [](XenLogger*) {},
  };
  return &logger;
}

}  // namespace livery
