#include "xen.h"

#include <string>
#include <utility>

#include "arguments.h"
#include "errors.h"
#include "grants.h"
#include "vchan.h"
#include "xenstore.h"

namespace livery {
namespace {

constexpr uint64_t kMaxDomain = 0x7fff;
// The pages of the largest window.
constexpr uint64_t kMaxPages = 98304;
constexpr uint64_t kMaxRingBytes = 1 << 20;

struct CoreParts : Parts {
  explicit CoreParts(std::shared_ptr<XenCore> shared) : core(std::move(shared)) {}
  std::shared_ptr<XenCore> core;
};

uint32_t ToDomain(const Napi::Value& value) {
  return static_cast<uint32_t>(ToInteger(value, "domain", 0, kMaxDomain));
}

uint32_t ToWord(const Napi::Value& value, const char* name) {
  return static_cast<uint32_t>(ToInteger(value, name, 0, UINT32_MAX));
}

std::string ToDirectory(const Napi::Value& value) {
  return value.IsUndefined() ? std::string() : ToText(value, "directory");
}

Napi::Value OpenXen(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::string side = ToText(info[0], "side");
  if (side != "dom0" && side != "domain") ThrowRange(env, "side must be dom0 or domain");
  const XenSide which = side == "dom0" ? XenSide::kDom0 : XenSide::kDomain;
  auto core = XenCore::Open(env, ToDirectory(info[1]), which);
  Environment& environment = Environment::Of(env);
  return environment.Make(environment.xen_class, std::make_unique<CoreParts>(std::move(core)));
}

Napi::Value OpenXenstore(const Napi::CallbackInfo& info) {
  return XenstoreHandle::New(info.Env(), ToDirectory(info[0]));
}

}  // namespace

void XenHandle::Define(Napi::Env env, Environment& environment) {
  environment.xen_class = Napi::Persistent(DefineClass(
      env, "Xen",
      {
          InstanceAccessor<&XenHandle::GetDisposed>("disposed"),
          InstanceMethod<&XenHandle::ConnectVchan>("connectVchan"),
          InstanceMethod<&XenHandle::ServeVchan>("serveVchan"),
          InstanceMethod<&XenHandle::MapGrants>("mapGrants"),
          InstanceMethod<&XenHandle::ShareGrants>("shareGrants"),
          InstanceMethod<&XenHandle::Dispose>(Napi::Symbol::WellKnown(env, "dispose")),
      }));
}

XenHandle::XenHandle(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<XenHandle>(info), environment_(Environment::Of(info.Env())) {
  auto parts = environment_.TakeNascentParts(info.Env());
  core_ = std::move(static_cast<CoreParts*>(parts.get())->core);
  environment_.Add(this);
}

void XenHandle::Finalize(Napi::Env env) {
  if (!core_) return;
  Close();
  environment_.WarnOfLeak(env, "Xen handle");
}

void XenHandle::Close() noexcept {
  if (!core_) return;
  core_->Shut();
  core_.reset();
  environment_.Remove(this);
}

std::shared_ptr<XenCore> XenHandle::Core(Napi::Env env, XenSide side) const {
  if (!core_) ThrowClosed(env, "Xen handle");
  const bool dom0 = core_->Table() != nullptr;
  if (dom0 != (side == XenSide::kDom0)) {
    ThrowRange(env, dom0 ? "this handle is dom0's" : "this handle is a domain's");
  }
  return core_;
}

Napi::Value XenHandle::GetDisposed(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), !core_);
}

Napi::Value XenHandle::ConnectVchan(const Napi::CallbackInfo& info) {
  const uint32_t domain = ToDomain(info[0]);
  const uint32_t ring_ref = ToWord(info[1], "ringRef");
  const uint32_t event_channel = ToWord(info[2], "eventChannel");
  auto core = Core(info.Env(), XenSide::kDom0);
  return VchanHandle::Connect(info.Env(), std::move(core), domain, ring_ref, event_channel);
}

Napi::Value XenHandle::ServeVchan(const Napi::CallbackInfo& info) {
  const uint32_t domain = ToDomain(info[0]);
  const size_t read_bytes = ToInteger(info[1], "readBytes", 1, kMaxRingBytes);
  const size_t write_bytes = ToInteger(info[2], "writeBytes", 1, kMaxRingBytes);
  auto core = Core(info.Env(), XenSide::kDomain);
  return VchanHandle::Serve(info.Env(), std::move(core), domain, read_bytes, write_bytes);
}

Napi::Value XenHandle::MapGrants(const Napi::CallbackInfo& info) {
  const uint32_t domain = ToDomain(info[0]);
  const Words refs = ToWords(info[1], "refs");
  if (refs.count == 0 || refs.count > kMaxPages) {
    ThrowRange(info.Env(), "refs must be 1 to " + std::to_string(kMaxPages));
  }
  return GrantMapHandle::New(info.Env(), Core(info.Env(), XenSide::kDom0), domain, refs);
}

Napi::Value XenHandle::ShareGrants(const Napi::CallbackInfo& info) {
  const uint32_t domain = ToDomain(info[0]);
  const size_t pages = ToInteger(info[1], "pages", 1, kMaxPages);
  return GrantedPagesHandle::New(info.Env(), Core(info.Env(), XenSide::kDomain), domain, pages);
}

void DefineXen(Napi::Env env, Napi::Object exports, Environment& environment) {
  XenHandle::Define(env, environment);
  XenstoreHandle::Define(env, environment);
  VchanHandle::Define(env, environment);
  GrantMapHandle::Define(env, environment);
  GrantedPagesHandle::Define(env, environment);
  exports.Set("openXen", Napi::Function::New<OpenXen>(env, "openXen"));
  exports.Set("openXenstore", Napi::Function::New<OpenXenstore>(env, "openXenstore"));
}

}  // namespace livery
