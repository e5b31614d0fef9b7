#include "vault.h"

#include <sys/resource.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "errors.h"

namespace livery {
namespace {

constexpr napi_type_tag kTag = {0x1f6d2b90c84e47a5, 0xb3905ed71ca2864f};

[[noreturn]] void ThrowNotLocked(Napi::Env env, int error, size_t size) {
  rlimit limit{};
  getrlimit(RLIMIT_MEMLOCK, &limit);
  throw ExplainedError(env, error, "mlock",
                       std::to_string(size) + " bytes cannot be kept out of swap, RLIMIT_MEMLOCK "
                       "allows " + std::to_string(limit.rlim_cur));
}

// The view of a secret while it is lent: JavaScript can use the memory until the end of the scope,
// and whatever it kept of it is empty afterwards.
class Loan {
 public:
  Loan(Napi::Env env, uint8_t* data, size_t size, bool& lent)
      : memory_(Napi::ArrayBuffer::New(env, data, size)), size_(size), lent_(lent) {
    lent_ = true;
  }
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;
  ~Loan() {
    lent_ = false;
    if (RunsNoMore()) return;
    // A view that outlived its memory would read and write whatever comes to lie there. One that
    // is gone already was not destroyed: its memory belongs to another buffer now.
    bool gone = false;
    const napi_status looked = napi_is_detached_arraybuffer(memory_.Env(), memory_, &gone);
    if (looked != napi_ok || gone || napi_detach_arraybuffer(memory_.Env(), memory_) != napi_ok) {
      napi_fatal_error("livery", NAPI_AUTO_LENGTH, "a lent secret was not given back",
                       NAPI_AUTO_LENGTH);
    }
  }

  Napi::Uint8Array View() const {
    return Napi::Uint8Array::New(memory_.Env(), size_, memory_, 0);
  }

 private:
  // Whether this is a worker that was terminated in the call. Nothing can be detached then, and
  // none of its JavaScript will ever look at the view.
  bool RunsNoMore() const {
    bool has = false;
    return napi_has_named_property(memory_.Env(), memory_, "byteLength", &has) != napi_ok;
  }

  Napi::ArrayBuffer memory_;
  size_t size_;
  bool& lent_;
};

}  // namespace

void VaultHandle::Define(Napi::Env env, Environment& environment) {
  environment.vault_class = Napi::Persistent(DefineClass(
      env, "Vault",
      {
          InstanceAccessor<&VaultHandle::GetDisposed>("disposed"),
          InstanceAccessor<&VaultHandle::GetSize>("size"),
          InstanceAccessor<&VaultHandle::GetCapacity>("capacity"),
          InstanceMethod<&VaultHandle::Store>("store"),
          InstanceMethod<&VaultHandle::Lend>("lend"),
          InstanceMethod<&VaultHandle::Wipe>("wipe"),
          InstanceMethod<&VaultHandle::Dispose>(Napi::Symbol::WellKnown(env, "dispose")),
      }));
}

Napi::Object VaultHandle::New(Napi::Env env, size_t capacity) {
  SecretMemory memory = SecretMemory::Allocate(capacity);
  if (!memory.IsMapped()) ThrowSystemError(env, errno, "mmap");
  if (!memory.Lock()) ThrowNotLocked(env, errno, capacity);
  Environment& environment = Environment::Of(env);
  return environment.Make(environment.vault_class, std::move(memory));
}

VaultHandle& VaultHandle::From(const Napi::Value& value, const char* name) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kTag)) {
    ThrowType(value.Env(), std::string(name) + " must be a Vault");
  }
  return *Napi::ObjectWrap<VaultHandle>::Unwrap(value.As<Napi::Object>());
}

VaultHandle::VaultHandle(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<VaultHandle>(info), environment_(Environment::Of(info.Env())) {
  memory_ = environment_.TakeNascentMemory(info.Env());
  info.This().As<Napi::Object>().TypeTag(&kTag);
  environment_.Add(this);
}

VaultHandle::~VaultHandle() { Close(); }

void VaultHandle::Finalize(Napi::Env env) {
  if (!memory_.IsMapped()) return;
  Close();
  environment_.WarnOfLeak(env, "vault");
}

void VaultHandle::Close() noexcept {
  if (!memory_.IsMapped()) return;
  memory_.Reset();
  size_ = 0;
  environment_.Remove(this);
}

void VaultHandle::RequireOpen(Napi::Env env) const {
  if (!memory_.IsMapped()) ThrowClosed(env, "vault");
}

void VaultHandle::RequireFree(Napi::Env env) const {
  RequireOpen(env);
  if (lent_) throw Napi::Error::New(env, "the vault is lent");
}

Bytes VaultHandle::Secret(Napi::Env env) const {
  RequireFree(env);
  return Bytes{memory_.Data(), size_};
}

Napi::Value VaultHandle::GetDisposed(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), !memory_.IsMapped());
}

Napi::Value VaultHandle::GetSize(const Napi::CallbackInfo& info) {
  RequireOpen(info.Env());
  return Napi::Number::New(info.Env(), static_cast<double>(size_));
}

Napi::Value VaultHandle::GetCapacity(const Napi::CallbackInfo& info) {
  RequireOpen(info.Env());
  return Napi::Number::New(info.Env(), static_cast<double>(memory_.Size()));
}

void VaultHandle::Store(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  RequireFree(env);
  const Bytes bytes = ToBytes(info[0], "bytes");
  if (bytes.size > memory_.Size()) {
    ThrowRange(env, "the vault holds " + std::to_string(memory_.Size()) + " bytes, not " +
                        std::to_string(bytes.size));
  }
  memory_.Wipe(0, size_);
  size_ = bytes.size;
  if (size_ > 0) std::memcpy(memory_.Data(), bytes.data, size_);
}

void VaultHandle::Lend(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Function use = ToFunction(info[0], "use");
  RequireFree(env);
  const Loan loan(env, memory_.Data(), size_, lent_);
  const Napi::Value kept = use.Call({loan.View()});
  if (kept.IsUndefined()) return;
  const size_t size = ToInteger(kept, "what use returns", 0, size_);
  memory_.Wipe(size, size_ - size);
  size_ = size;
}

void VaultHandle::Wipe(const Napi::CallbackInfo& info) {
  RequireFree(info.Env());
  memory_.Wipe(0, memory_.Size());
  size_ = 0;
}

void VaultHandle::Dispose(const Napi::CallbackInfo& info) {
  if (lent_) throw Napi::Error::New(info.Env(), "the vault is lent");
  Close();
}

}  // namespace livery
