#include "fd.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>
#include <utility>

#include "errors.h"

namespace livery {
namespace {

constexpr napi_type_tag kTag = {0x6a1c0f52d37e4b90, 0x94b8e1a25c6df703};

}  // namespace

void FdHandle::Define(Napi::Env env, Environment& environment) {
  environment.fd_class = Napi::Persistent(DefineClass(
      env, "Fd",
      {
          InstanceAccessor<&FdHandle::GetNumber>("number"),
          InstanceAccessor<&FdHandle::GetDisposed>("disposed"),
          InstanceMethod<&FdHandle::Dup>("dup"),
          InstanceMethod<&FdHandle::Size>("size"),
          InstanceMethod<&FdHandle::Dispose>(Napi::Symbol::WellKnown(env, "dispose")),
      }));
}

Napi::Object FdHandle::New(Napi::Env env, UniqueFd fd) {
  Environment& environment = Environment::Of(env);
  return environment.Make(environment.fd_class, std::move(fd));
}

FdHandle& FdHandle::From(const Napi::Value& value, const char* name) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kTag)) {
    ThrowType(value.Env(), std::string(name) + " must be an Fd");
  }
  return *Napi::ObjectWrap<FdHandle>::Unwrap(value.As<Napi::Object>());
}

FdHandle::FdHandle(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<FdHandle>(info), environment_(Environment::Of(info.Env())) {
  fd_ = environment_.TakeNascent(info.Env());
  info.This().As<Napi::Object>().TypeTag(&kTag);
  environment_.Add(this);
}

FdHandle::~FdHandle() { Close(); }

void FdHandle::Finalize(Napi::Env env) {
  if (!fd_.IsOpen()) return;
  Close();
  environment_.WarnOfLeak(env, "descriptor");
}

int FdHandle::Number(Napi::Env env) const {
  if (!fd_.IsOpen()) ThrowClosed(env, "descriptor");
  return fd_.Get();
}

UniqueFd FdHandle::Duplicate(Napi::Env env) const {
  UniqueFd copy(fcntl(Number(env), F_DUPFD_CLOEXEC, 0));
  if (!copy.IsOpen()) ThrowSystemError(env, errno, "fcntl");
  return copy;
}

UniqueFd FdHandle::Take(Napi::Env env) {
  if (!fd_.IsOpen()) ThrowClosed(env, "descriptor");
  environment_.Remove(this);
  return std::move(fd_);
}

Napi::Value FdHandle::GetNumber(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), Number(info.Env()));
}

Napi::Value FdHandle::GetDisposed(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), !fd_.IsOpen());
}

Napi::Value FdHandle::Dup(const Napi::CallbackInfo& info) {
  return New(info.Env(), Duplicate(info.Env()));
}

Napi::Value FdHandle::Size(const Napi::CallbackInfo& info) {
  struct stat facts {};
  if (fstat(Number(info.Env()), &facts) != 0) ThrowSystemError(info.Env(), errno, "fstat");
  return Napi::Number::New(info.Env(), static_cast<double>(facts.st_size));
}

void FdHandle::Dispose(const Napi::CallbackInfo&) { Close(); }

void FdHandle::Close() noexcept {
  if (!fd_.IsOpen()) return;
  fd_.Reset();
  environment_.Remove(this);
}

}  // namespace livery
