// One secret in memory of its own, as JavaScript holds it: put in, lent for the
// length of one call, sent by a stream, overwritten. What the bytes are and who
// may have them is decided elsewhere.
#ifndef LIVERY_VAULT_H_
#define LIVERY_VAULT_H_

#include <napi.h>

#include "arguments.h"
#include "environment.h"
#include "secret_memory.h"

namespace livery {

class VaultHandle : public Napi::ObjectWrap<VaultHandle>, public Handle {
 public:
  static void Define(Napi::Env env, Environment& environment);
  // Memory for `capacity` bytes, locked; throws with errno.
  static Napi::Object New(Napi::Env env, size_t capacity);
  // The object behind `value`, open or not; TypeError when it is something else.
  static VaultHandle& From(const Napi::Value& value, const char* name);

  explicit VaultHandle(const Napi::CallbackInfo& info);
  ~VaultHandle() override;
  void Finalize(Napi::Env env) override;

  // The secret itself, for a stream; throws when disposed of or lent. Valid until JavaScript runs.
  Bytes Secret(Napi::Env env) const;

  void Close() noexcept override;
  size_t OpenDescriptors() const override { return 0; }
  bool Owns(int) const override { return false; }

 private:
  Napi::Value GetDisposed(const Napi::CallbackInfo& info);
  Napi::Value GetSize(const Napi::CallbackInfo& info);
  Napi::Value GetCapacity(const Napi::CallbackInfo& info);
  void Store(const Napi::CallbackInfo& info);
  void Lend(const Napi::CallbackInfo& info);
  void Wipe(const Napi::CallbackInfo& info);
  void Dispose(const Napi::CallbackInfo& info);

  void RequireOpen(Napi::Env env) const;
  // Open, and nobody looks at the memory.
  void RequireFree(Napi::Env env) const;

  Environment& environment_;
  SecretMemory memory_;
  size_t size_ = 0;
  bool lent_ = false;
};

}  // namespace livery

#endif  // LIVERY_VAULT_H_
