// Xen as JavaScript holds it: the devices of this process, from which vchans and
// grants are made.
#ifndef LIVERY_XEN_H_
#define LIVERY_XEN_H_

#include <napi.h>

#include <memory>

#include "environment.h"
#include "xen_core.h"

namespace livery {

class XenHandle : public Napi::ObjectWrap<XenHandle>, public Handle {
 public:
  static void Define(Napi::Env env, Environment& environment);

  explicit XenHandle(const Napi::CallbackInfo& info);
  ~XenHandle() override { Close(); }
  void Finalize(Napi::Env env) override;

  void Close() noexcept override;
  // Opened by the libraries, which know them alone.
  size_t OpenDescriptors() const override { return 0; }
  bool Owns(int) const override { return false; }

 private:
  Napi::Value GetDisposed(const Napi::CallbackInfo& info);
  Napi::Value ConnectVchan(const Napi::CallbackInfo& info);
  Napi::Value ServeVchan(const Napi::CallbackInfo& info);
  Napi::Value MapGrants(const Napi::CallbackInfo& info);
  Napi::Value ShareGrants(const Napi::CallbackInfo& info);
  void Dispose(const Napi::CallbackInfo&) { Close(); }

  // Throws when disposed of, or when this process is on the other side.
  std::shared_ptr<XenCore> Core(Napi::Env env, XenSide side) const;

  Environment& environment_;
  std::shared_ptr<XenCore> core_;
};

// openXen and openXenstore.
void DefineXen(Napi::Env env, Napi::Object exports, Environment& environment);

}  // namespace livery

#endif  // LIVERY_XEN_H_
