// Memory of ours that damaged rows are copied into and that an X server reads:
// made, sealed and mapped here, so nobody can shorten it under the mapping.
// JavaScript gets its descriptor and never its bytes.
#ifndef LIVERY_STAGING_H_
#define LIVERY_STAGING_H_

#include <napi.h>

#include "environment.h"
#include "mapping.h"
#include "row_copy_argument.h"
#include "unique_fd.h"

namespace livery {

class StagingHandle : public Napi::ObjectWrap<StagingHandle>, public Handle {
 public:
  static void Define(Napi::Env env, Environment& environment);
  // `fd` must be a memfd whose size is sealed.
  static Napi::Object New(Napi::Env env, UniqueFd fd);

  explicit StagingHandle(const Napi::CallbackInfo& info);
  ~StagingHandle() override;
  void Finalize(Napi::Env env) override;

  void Close() noexcept override;
  // The descriptor belongs to the `fd` property and is counted there.
  size_t OpenDescriptors() const override { return 0; }
  bool Owns(int) const override { return false; }

 private:
  Napi::Value GetFd(const Napi::CallbackInfo& info);
  Napi::Value GetDisposed(const Napi::CallbackInfo& info);
  Napi::Value GetSizeBytes(const Napi::CallbackInfo& info);
  Napi::Value CopyRows(const Napi::CallbackInfo& info);
  Napi::Value CopyGranted(Napi::Env env, const RowCopyArgument& argument);
  void Dispose(const Napi::CallbackInfo& info);

  Environment& environment_;
  Mapping mapping_;
  Napi::ObjectReference fd_;
};

}  // namespace livery

#endif  // LIVERY_STAGING_H_
