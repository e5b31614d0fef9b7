#include "staging.h"

#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "errors.h"
#include "fd.h"
#include "grants.h"
#include "mapped_copy.h"
#include "row_copy.h"

namespace livery {

void StagingHandle::Define(Napi::Env env, Environment& environment) {
  environment.staging_class = Napi::Persistent(DefineClass(
      env, "Staging",
      {
          InstanceAccessor<&StagingHandle::GetFd>("fd"),
          InstanceAccessor<&StagingHandle::GetDisposed>("disposed"),
          InstanceAccessor<&StagingHandle::GetSizeBytes>("sizeBytes"),
          InstanceMethod<&StagingHandle::CopyRows>("copyRows"),
          InstanceMethod<&StagingHandle::Dispose>(Napi::Symbol::WellKnown(env, "dispose")),
      }));
}

Napi::Object StagingHandle::New(Napi::Env env, UniqueFd fd) {
  Environment& environment = Environment::Of(env);
  return environment.Make(environment.staging_class, std::move(fd));
}

StagingHandle::StagingHandle(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<StagingHandle>(info), environment_(Environment::Of(info.Env())) {
  const Napi::Env env = info.Env();
  UniqueFd fd = environment_.TakeNascent(env);
  struct stat facts {};
  if (fstat(fd.Get(), &facts) != 0) ThrowSystemError(env, errno, "fstat");
  mapping_ = Mapping::Shared(fd.Get(), static_cast<size_t>(facts.st_size));
  if (!mapping_.IsMapped()) ThrowSystemError(env, errno, "mmap");
  fd_ = Napi::Persistent(FdHandle::New(env, std::move(fd)));
  environment_.Add(this);
}

StagingHandle::~StagingHandle() { Close(); }

void StagingHandle::Finalize(Napi::Env env) {
  if (!mapping_.IsMapped()) return;
  Close();
  environment_.WarnOfLeak(env, "staging area");
}

void StagingHandle::Close() noexcept {
  if (!mapping_.IsMapped()) return;
  mapping_.Reset();
  environment_.Remove(this);
}

Napi::Value StagingHandle::GetFd(const Napi::CallbackInfo& info) {
  if (!mapping_.IsMapped()) ThrowClosed(info.Env(), "staging area");
  return fd_.Value();
}

Napi::Value StagingHandle::GetDisposed(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), !mapping_.IsMapped());
}

Napi::Value StagingHandle::GetSizeBytes(const Napi::CallbackInfo& info) {
  if (!mapping_.IsMapped()) ThrowClosed(info.Env(), "staging area");
  return Napi::Number::New(info.Env(), static_cast<double>(mapping_.Size()));
}

Napi::Value StagingHandle::CopyRows(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const RowCopyArgument argument(info[0]);
  if (GrantMapHandle::Is(argument.Source())) return CopyGranted(env, argument);
  const RowCopy copy = argument.FromFile();
  if (!mapping_.IsMapped()) ThrowClosed(env, "staging area");
  const char* fault = FindFault(copy, mapping_.Size());
  if (fault != nullptr) ThrowRange(env, fault);
  const int64_t copied = livery::CopyRows(copy, mapping_.Data());
  if (copied < 0) ThrowSystemError(env, static_cast<int>(-copied), "pread");
  return Napi::Number::New(env, static_cast<double>(copied));
}

Napi::Value StagingHandle::CopyGranted(Napi::Env env, const RowCopyArgument& argument) {
  const GrantedMemory& source = GrantMapHandle::From(argument.Source()).Memory(env);
  RowCopy copy = argument.Copy();
  if (!mapping_.IsMapped()) ThrowClosed(env, "staging area");
  // The pages are mapped in the order of the image, whatever their references are.
  copy.ref_count = source.Pages();
  const char* fault = FindFault(copy, mapping_.Size());
  if (fault != nullptr) ThrowRange(env, fault);
  const int fd = FdHandle::From(fd_.Value().As<Napi::Value>(), "fd").Number(env);
  const int64_t copied = CopyMappedRows(copy, source.Data(), fd, mapping_.Data());
  if (copied < 0) ThrowSystemError(env, static_cast<int>(-copied), "pwrite");
  return Napi::Number::New(env, static_cast<double>(copied));
}

void StagingHandle::Dispose(const Napi::CallbackInfo&) {
  Close();
  if (fd_.IsEmpty()) return;
  FdHandle::From(fd_.Value().As<Napi::Value>(), "fd").Close();
  fd_.Reset();
}

}  // namespace livery
