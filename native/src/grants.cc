#include "grants.h"

#include <sys/mman.h>

#include <cerrno>
#include <utility>

#include "errors.h"
#include "row_copy.h"
#include "row_copy_argument.h"

namespace livery {
namespace {

constexpr napi_type_tag kMapTag = {0x4e0c82a7d1b94f36, 0x8d25f7ab0396c1e4};

Napi::Object Wrap(Napi::Env env, const Napi::FunctionReference& type, const char* action,
                  std::unique_ptr<GrantedMemory> memory) {
  if (!memory) ThrowSystemError(env, errno, action);
  return Environment::Of(env).Make(type, std::unique_ptr<Parts>(std::move(memory)));
}

}  // namespace

std::unique_ptr<GrantedMemory> GrantedMemory::Map(std::shared_ptr<XenCore> core, uint32_t domain,
                                                  const Words& refs) {
  std::unique_ptr<GrantedMemory> self(new GrantedMemory(std::move(core), false));
  // The library takes a pointer to what it does not change; JavaScript could meanwhile.
  self->refs_.assign(refs.data, refs.data + refs.count);
  void* data = self->core_->Libraries().xengnttab_map_domain_grant_refs(
      self->core_->Table(), static_cast<uint32_t>(refs.count), domain, self->refs_.data(),
      PROT_READ);
  if (data == nullptr) return nullptr;
  self->data_ = static_cast<uint8_t*>(data);
  self->pages_ = refs.count;
  return self;
}

std::unique_ptr<GrantedMemory> GrantedMemory::Share(std::shared_ptr<XenCore> core, uint32_t domain,
                                                    size_t pages) {
  std::unique_ptr<GrantedMemory> self(new GrantedMemory(std::move(core), true));
  self->refs_.resize(pages);
  constexpr int read_only = 0;
  void* data = self->core_->Libraries().xengntshr_share_pages(
      self->core_->Share(), domain, static_cast<int>(pages), self->refs_.data(), read_only);
  if (data == nullptr) return nullptr;
  self->data_ = static_cast<uint8_t*>(data);
  self->pages_ = pages;
  return self;
}

GrantedMemory::~GrantedMemory() {
  if (data_ == nullptr) return;
  const XenLibraries& xen = core_->Libraries();
  const auto count = static_cast<uint32_t>(pages_);
  if (ours_) {
    xen.xengntshr_unshare(core_->Share(), data_, count);
  } else {
    xen.xengnttab_unmap(core_->Table(), data_, count);
  }
}

GrantHandle::GrantHandle(const Napi::CallbackInfo& info)
    : environment_(Environment::Of(info.Env())) {
  auto parts = environment_.TakeNascentParts(info.Env());
  memory_.reset(static_cast<GrantedMemory*>(parts.release()));
  environment_.Add(this);
}

void GrantHandle::Close() noexcept {
  if (!memory_) return;
  memory_.reset();
  environment_.Remove(this);
}

void GrantMapHandle::Define(Napi::Env env, Environment& environment) {
  environment.grant_map_class = Napi::Persistent(DefineClass(
      env, "GrantMap",
      {
          InstanceAccessor<&GrantMapHandle::GetDisposed>("disposed"),
          InstanceAccessor<&GrantMapHandle::GetPages>("pages"),
          InstanceMethod<&GrantMapHandle::Dispose>(Napi::Symbol::WellKnown(env, "dispose")),
      }));
}

Napi::Object GrantMapHandle::New(Napi::Env env, std::shared_ptr<XenCore> core, uint32_t domain,
                                 const Words& refs) {
  auto memory = GrantedMemory::Map(std::move(core), domain, refs);
  return Wrap(env, Environment::Of(env).grant_map_class, "xengnttab_map_domain_grant_refs",
              std::move(memory));
}

bool GrantMapHandle::Is(const Napi::Value& value) {
  return value.IsObject() && value.As<Napi::Object>().CheckTypeTag(&kMapTag);
}

GrantMapHandle& GrantMapHandle::From(const Napi::Value& value) {
  if (!Is(value)) ThrowType(value.Env(), "source must be a GrantMap");
  return *Napi::ObjectWrap<GrantMapHandle>::Unwrap(value.As<Napi::Object>());
}

GrantMapHandle::GrantMapHandle(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<GrantMapHandle>(info), GrantHandle(info) {
  info.This().As<Napi::Object>().TypeTag(&kMapTag);
}

void GrantMapHandle::Finalize(Napi::Env env) {
  if (!memory_) return;
  Close();
  environment_.WarnOfLeak(env, "mapping of granted pages");
}

const GrantedMemory& GrantMapHandle::Memory(Napi::Env env) const {
  if (!memory_) ThrowClosed(env, "mapping of granted pages");
  return *memory_;
}

Napi::Value GrantMapHandle::GetDisposed(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), !memory_);
}

Napi::Value GrantMapHandle::GetPages(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(Memory(info.Env()).Pages()));
}

void GrantedPagesHandle::Define(Napi::Env env, Environment& environment) {
  environment.granted_pages_class = Napi::Persistent(DefineClass(
      env, "GrantedPages",
      {
          InstanceAccessor<&GrantedPagesHandle::GetDisposed>("disposed"),
          InstanceAccessor<&GrantedPagesHandle::GetRefs>("refs"),
          InstanceMethod<&GrantedPagesHandle::CopyRows>("copyRows"),
          InstanceMethod<&GrantedPagesHandle::Dispose>(Napi::Symbol::WellKnown(env, "dispose")),
      }));
}

Napi::Object GrantedPagesHandle::New(Napi::Env env, std::shared_ptr<XenCore> core,
                                     uint32_t domain, size_t pages) {
  auto memory = GrantedMemory::Share(std::move(core), domain, pages);
  return Wrap(env, Environment::Of(env).granted_pages_class, "xengntshr_share_pages",
              std::move(memory));
}

GrantedPagesHandle::GrantedPagesHandle(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<GrantedPagesHandle>(info), GrantHandle(info) {}

void GrantedPagesHandle::Finalize(Napi::Env env) {
  if (!memory_) return;
  Close();
  environment_.WarnOfLeak(env, "share of granted pages");
}

Napi::Value GrantedPagesHandle::GetDisposed(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), !memory_);
}

Napi::Value GrantedPagesHandle::GetRefs(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!memory_) ThrowClosed(env, "share of granted pages");
  auto refs = Napi::Uint32Array::New(env, memory_->Pages());
  for (size_t i = 0; i < memory_->Pages(); ++i) refs[i] = memory_->Refs()[i];
  return refs;
}

Napi::Value GrantedPagesHandle::CopyRows(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const RowCopyArgument argument(info[0]);
  if (!memory_) ThrowClosed(env, "share of granted pages");
  const RowCopy copy = argument.FromFile();
  const char* fault = FindFault(copy, memory_->Pages() * kPageBytes);
  if (fault != nullptr) ThrowRange(env, fault);
  const int64_t copied = livery::CopyRows(copy, memory_->Data());
  if (copied < 0) ThrowSystemError(env, static_cast<int>(-copied), "pread");
  return Napi::Number::New(env, static_cast<double>(copied));
}

}  // namespace livery
