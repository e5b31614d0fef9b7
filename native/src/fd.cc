#include "fd.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>
#include <utility>

#include "errors.h"
#include "socket_message.h"

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

std::vector<int> FdHandle::NumbersOf(const Napi::Value& value) {
  std::vector<int> numbers;
  if (value.IsUndefined()) return numbers;
  if (!value.IsArray()) ThrowType(value.Env(), "fds must be an array of Fd");
  const auto array = value.As<Napi::Array>();
  const uint32_t count = array.Length();
  if (count > kMaxDescriptors) {
    ThrowRange(value.Env(), "at most " + std::to_string(kMaxDescriptors) +
                                " descriptors can go with one buffer");
  }
  // Reading an element can run JavaScript that disposes of an earlier one, so numbers are taken
  // only after all elements were read.
  std::vector<const FdHandle*> handles;
  handles.reserve(count);
  for (uint32_t i = 0; i < count; ++i) {
    handles.push_back(&FdHandle::From(array.Get(i), "each of fds"));
  }
  numbers.reserve(count);
  for (const FdHandle* handle : handles) numbers.push_back(handle->Number(value.Env()));
  return numbers;
}

}  // namespace livery
