// A connection to xenstored, which knows every domain and where each vchan is.
// Requests are answered within the call; xenstored belongs to dom0 and answers
// at once. What stands there may have been written by a qube.
#ifndef LIVERY_XENSTORE_H_
#define LIVERY_XENSTORE_H_

#include <napi.h>

#include <memory>
#include <string>

#include "environment.h"
#include "poller.h"
#include "xen_libraries.h"

namespace livery {

class XenstoreHandle : public Napi::ObjectWrap<XenstoreHandle>, public Handle, public PollTarget {
 public:
  static void Define(Napi::Env env, Environment& environment);
  // Throws when a library is absent or xenstored cannot be reached.
  static Napi::Object New(Napi::Env env, const std::string& directory);

  explicit XenstoreHandle(const Napi::CallbackInfo& info);
  ~XenstoreHandle() override;
  void Finalize(Napi::Env env) override;

  void Close() noexcept override;
  size_t OpenDescriptors() const override { return 0; }
  bool Owns(int) const override { return false; }
  void OnPoll(int status, int events) override;

 private:
  class Connection;

  Napi::Value GetDisposed(const Napi::CallbackInfo& info);
  Napi::Value Read(const Napi::CallbackInfo& info);
  Napi::Value List(const Napi::CallbackInfo& info);
  Napi::Value Introduced(const Napi::CallbackInfo& info);
  void Publish(const Napi::CallbackInfo& info);
  void Remove(const Napi::CallbackInfo& info);
  void Watch(const Napi::CallbackInfo& info);
  void Start(const Napi::CallbackInfo& info);
  void Dispose(const Napi::CallbackInfo& info);

  Connection& Open(Napi::Env env) const;

  Environment& environment_;
  std::unique_ptr<Connection> connection_;
  Poller poller_;
  Napi::FunctionReference on_changed_;
  bool held_ = false;
};

}  // namespace livery

#endif  // LIVERY_XENSTORE_H_
