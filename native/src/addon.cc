// The addon's entry: one Environment per Node environment, the classes, and
// the functions that make streams and listeners.
#include <napi.h>

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "arguments.h"
#include "environment.h"
#include "errors.h"
#include "fd.h"
#include "functions.h"
#include "listener.h"
#include "sockets.h"
#include "staging.h"
#include "stream.h"
#include "vault.h"
#include "xen.h"

namespace livery {
namespace {

// Far above what any version of the wire carries.
constexpr uint64_t kMaxVaultBytes = 1 << 24;

Napi::Value ConnectUnixFunction(const Napi::CallbackInfo& info) {
  const std::string path = ToSocketPath(info[0], "path");
  return StreamHandle::New(info.Env(), ConnectUnix(info.Env(), path));
}

void SendDatagramFunction(const Napi::CallbackInfo& info) {
  const std::string path = ToSocketPath(info[0], "path");
  SendDatagram(info.Env(), path, ToText(info[1], "text"));
}

Napi::Value ListenUnixFunction(const Napi::CallbackInfo& info) {
  const std::string path = ToSocketPath(info[0], "path");
  return ListenerHandle::New(info.Env(), ListenUnix(info.Env(), path));
}

Napi::Value AdoptStream(const Napi::CallbackInfo& info) {
  FdHandle& fd = FdHandle::From(info[0], "fd");
  RequireStreamSocket(info.Env(), fd.Number(info.Env()), false);
  return StreamHandle::New(info.Env(), fd.Take(info.Env()));
}

Napi::Value AdoptPort(const Napi::CallbackInfo& info) {
  FdHandle& fd = FdHandle::From(info[0], "fd");
  RequirePort(info.Env(), fd.Number(info.Env()));
  return StreamHandle::New(info.Env(), fd.Take(info.Env()));
}

Napi::Value AdoptListener(const Napi::CallbackInfo& info) {
  FdHandle& fd = FdHandle::From(info[0], "fd");
  RequireStreamSocket(info.Env(), fd.Number(info.Env()), true);
  return ListenerHandle::New(info.Env(), fd.Take(info.Env()));
}

Napi::Value StreamPair(const Napi::CallbackInfo& info) {
  std::array<UniqueFd, 2> ends = SocketPair(info.Env());
  auto result = Napi::Array::New(info.Env(), 2);
  result.Set(0u, StreamHandle::New(info.Env(), std::move(ends[0])));
  result.Set(1u, StreamHandle::New(info.Env(), std::move(ends[1])));
  return result;
}

Napi::Value FdPair(const Napi::CallbackInfo& info) {
  std::array<UniqueFd, 2> ends = SocketPair(info.Env());
  auto result = Napi::Array::New(info.Env(), 2);
  result.Set(0u, FdHandle::New(info.Env(), std::move(ends[0])));
  result.Set(1u, FdHandle::New(info.Env(), std::move(ends[1])));
  return result;
}

Napi::Value CreateVault(const Napi::CallbackInfo& info) {
  return VaultHandle::New(info.Env(), ToInteger(info[0], "capacity", 1, kMaxVaultBytes));
}

Napi::Value OpenHandleCount(const Napi::CallbackInfo& info) {
  const size_t count = Environment::Of(info.Env()).OpenDescriptors();
  return Napi::Number::New(info.Env(), static_cast<double>(count));
}

#ifdef LIVERY_PLANTED_OVERFLOW
// Only in the AddressSanitizer build: its test run shows with this that a byte written past the
// end is really reported.
void WriteOneByteTooMany(const Napi::CallbackInfo& info) {
  const size_t size = ToInteger(info[0], "size", 1, 4096);
  const auto memory = std::make_unique<uint8_t[]>(size);
  uint8_t* volatile end = memory.get() + size;
  *end = 1;
}
#endif

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  auto environment = std::make_unique<Environment>(env);
  FdHandle::Define(env, *environment);
  StreamHandle::Define(env, *environment);
  ListenerHandle::Define(env, *environment);
  StagingHandle::Define(env, *environment);
  VaultHandle::Define(env, *environment);
  DefineXen(env, exports, *environment);
  env.SetInstanceData(environment.release());
  DefineFiles(env, exports);
  DefineProcess(env, exports);
  DefineConfinement(env, exports);
  DefineRingDouble(env, exports);
  exports.Set("connectUnix", Napi::Function::New<ConnectUnixFunction>(env, "connectUnix"));
  exports.Set("sendDatagram", Napi::Function::New<SendDatagramFunction>(env, "sendDatagram"));
  exports.Set("listenUnix", Napi::Function::New<ListenUnixFunction>(env, "listenUnix"));
  exports.Set("adoptStream", Napi::Function::New<AdoptStream>(env, "adoptStream"));
  exports.Set("adoptPort", Napi::Function::New<AdoptPort>(env, "adoptPort"));
  exports.Set("adoptListener", Napi::Function::New<AdoptListener>(env, "adoptListener"));
  exports.Set("streamPair", Napi::Function::New<StreamPair>(env, "streamPair"));
  exports.Set("fdPair", Napi::Function::New<FdPair>(env, "fdPair"));
  exports.Set("createVault", Napi::Function::New<CreateVault>(env, "createVault"));
  exports.Set("openHandleCount", Napi::Function::New<OpenHandleCount>(env, "openHandleCount"));
#ifdef LIVERY_PLANTED_OVERFLOW
  exports.Set("writeOneByteTooMany",
              Napi::Function::New<WriteOneByteTooMany>(env, "writeOneByteTooMany"));
#endif
  return exports;
}

}  // namespace
}  // namespace livery

static Napi::Object InitLivery(Napi::Env env, Napi::Object exports) {
  return livery::Init(env, exports);
}

NODE_API_MODULE(livery, InitLivery)
