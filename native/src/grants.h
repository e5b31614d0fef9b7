// Pages between domains as JavaScript holds them: those of another domain mapped
// read-only, and those of ours that another domain may read. JavaScript gets
// neither addresses nor bytes.
#ifndef LIVERY_GRANTS_H_
#define LIVERY_GRANTS_H_

#include <napi.h>

#include <memory>
#include <vector>

#include "arguments.h"
#include "environment.h"
#include "xen_core.h"

namespace livery {

// What a grant handle is made around: the only owner of the mapping.
class GrantedMemory : public Parts {
 public:
  // Maps pages of `domain` for reading, in this order. nullptr on failure (errno).
  static std::unique_ptr<GrantedMemory> Map(std::shared_ptr<XenCore> core, uint32_t domain,
                                            const Words& refs);
  // Makes pages of ours that `domain` may read, and says their references.
  static std::unique_ptr<GrantedMemory> Share(std::shared_ptr<XenCore> core, uint32_t domain,
                                              size_t pages);
  GrantedMemory(const GrantedMemory&) = delete;
  GrantedMemory& operator=(const GrantedMemory&) = delete;
  ~GrantedMemory() override;

  uint8_t* Data() const { return data_; }
  size_t Pages() const { return pages_; }
  const std::vector<uint32_t>& Refs() const { return refs_; }

 private:
  GrantedMemory(std::shared_ptr<XenCore> core, bool ours) : core_(std::move(core)), ours_(ours) {}

  std::shared_ptr<XenCore> core_;
  bool ours_;
  uint8_t* data_ = nullptr;
  size_t pages_ = 0;
  std::vector<uint32_t> refs_;
};

// Both kinds of handle: their owner and its end are the same.
class GrantHandle : public Handle {
 public:
  void Close() noexcept override;
  size_t OpenDescriptors() const override { return 0; }
  bool Owns(int) const override { return false; }

 protected:
  explicit GrantHandle(const Napi::CallbackInfo& info);
  Environment& environment_;
  std::unique_ptr<GrantedMemory> memory_;
};

class GrantMapHandle : public Napi::ObjectWrap<GrantMapHandle>, public GrantHandle {
 public:
  static void Define(Napi::Env env, Environment& environment);
  // Throws with errno: EINVAL for references that the domain did not grant.
  static Napi::Object New(Napi::Env env, std::shared_ptr<XenCore> core, uint32_t domain,
                          const Words& refs);
  // Whether `value` is one, open or not.
  static bool Is(const Napi::Value& value);
  static GrantMapHandle& From(const Napi::Value& value);

  explicit GrantMapHandle(const Napi::CallbackInfo& info);
  ~GrantMapHandle() override { Close(); }
  void Finalize(Napi::Env env) override;

  // Throws when disposed of.
  const GrantedMemory& Memory(Napi::Env env) const;

 private:
  Napi::Value GetDisposed(const Napi::CallbackInfo& info);
  Napi::Value GetPages(const Napi::CallbackInfo& info);
  void Dispose(const Napi::CallbackInfo&) { Close(); }
};

class GrantedPagesHandle : public Napi::ObjectWrap<GrantedPagesHandle>, public GrantHandle {
 public:
  static void Define(Napi::Env env, Environment& environment);
  // Throws with errno: ENOSPC when the device gives no more, ENOMEM.
  static Napi::Object New(Napi::Env env, std::shared_ptr<XenCore> core, uint32_t domain,
                          size_t pages);

  explicit GrantedPagesHandle(const Napi::CallbackInfo& info);
  ~GrantedPagesHandle() override { Close(); }
  void Finalize(Napi::Env env) override;

 private:
  Napi::Value GetDisposed(const Napi::CallbackInfo& info);
  Napi::Value GetRefs(const Napi::CallbackInfo& info);
  Napi::Value CopyRows(const Napi::CallbackInfo& info);
  void Dispose(const Napi::CallbackInfo&) { Close(); }
};

}  // namespace livery

#endif  // LIVERY_GRANTS_H_
