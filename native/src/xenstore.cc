#include "xenstore.h"

#include <stdlib.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "arguments.h"
#include "errors.h"

namespace livery {
namespace {

constexpr uint32_t kNoTransaction = 0;
constexpr uint64_t kMaxDomain = 0x7fff;
// A transaction fails when somebody else changed the same; nobody does so for ever.
constexpr int kMaxAttempts = 64;
constexpr const char* kOwnDomain = "domid";

struct Free {
  void operator()(void* memory) const { free(memory); }
};
template <typename T>
using Freed = std::unique_ptr<T, Free>;

}  // namespace

// The only owner of the library's handle.
class XenstoreHandle::Connection : public Parts {
 public:
  explicit Connection(std::unique_ptr<const XenLibraries> libraries)
      : xen(std::move(libraries)), store(xen->xs_open(0)) {}
  ~Connection() override {
    if (store != nullptr) xen->xs_close(store);
  }

  const std::unique_ptr<const XenLibraries> xen;
  XenStore* const store;
};

void XenstoreHandle::Define(Napi::Env env, Environment& environment) {
  environment.xenstore_class = Napi::Persistent(DefineClass(
      env, "Xenstore",
      {
          InstanceAccessor<&XenstoreHandle::GetDisposed>("disposed"),
          InstanceMethod<&XenstoreHandle::Read>("read"),
          InstanceMethod<&XenstoreHandle::List>("list"),
          InstanceMethod<&XenstoreHandle::Introduced>("introduced"),
          InstanceMethod<&XenstoreHandle::Publish>("publish"),
          InstanceMethod<&XenstoreHandle::Remove>("remove"),
          InstanceMethod<&XenstoreHandle::Watch>("watch"),
          InstanceMethod<&XenstoreHandle::Start>("start"),
          InstanceMethod<&XenstoreHandle::Dispose>(Napi::Symbol::WellKnown(env, "dispose")),
      }));
}

Napi::Object XenstoreHandle::New(Napi::Env env, const std::string& directory) {
  std::string fault;
  auto libraries = XenLibraries::Load(directory, fault);
  if (!libraries) throw ExplainedError(env, ENOTSUP, "dlopen", fault);
  auto connection = std::make_unique<Connection>(std::move(libraries));
  if (connection->store == nullptr) {
    throw ExplainedError(env, errno, "xs_open", "xenstored is not reached");
  }
  Environment& environment = Environment::Of(env);
  return environment.Make(environment.xenstore_class, std::unique_ptr<Parts>(std::move(connection)));
}

XenstoreHandle::XenstoreHandle(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<XenstoreHandle>(info), environment_(Environment::Of(info.Env())) {
  auto parts = environment_.TakeNascentParts(info.Env());
  connection_.reset(static_cast<Connection*>(parts.release()));
  const int error =
      poller_.Open(environment_, *this, connection_->xen->xs_fileno(connection_->store));
  if (error != 0) ThrowSystemError(info.Env(), error, "epoll_ctl");
  environment_.Add(this);
}

XenstoreHandle::~XenstoreHandle() { Close(); }

void XenstoreHandle::Finalize(Napi::Env env) {
  if (!connection_) return;
  Close();
  environment_.WarnOfLeak(env, "connection to xenstored");
}

void XenstoreHandle::Close() noexcept {
  if (!connection_) return;
  poller_.Close();
  connection_.reset();
  environment_.Remove(this);
}

XenstoreHandle::Connection& XenstoreHandle::Open(Napi::Env env) const {
  if (!connection_) ThrowClosed(env, "connection to xenstored");
  return *connection_;
}

Napi::Value XenstoreHandle::GetDisposed(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), !connection_);
}

Napi::Value XenstoreHandle::Read(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::string path = ToText(info[0], "path");
  Connection& open = Open(env);
  unsigned int length = 0;
  const Freed<char> value(static_cast<char*>(
      open.xen->xs_read(open.store, kNoTransaction, path.c_str(), &length)));
  if (value) return Napi::String::New(env, value.get(), length);
  // What a domain may not see is as good as absent.
  if (errno == ENOENT || errno == EACCES) return env.Undefined();
  ThrowSystemError(env, errno, "xs_read", path);
}

Napi::Value XenstoreHandle::List(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::string path = ToText(info[0], "path");
  Connection& open = Open(env);
  unsigned int count = 0;
  const Freed<char*> names(
      open.xen->xs_directory(open.store, kNoTransaction, path.c_str(), &count));
  if (!names && errno != ENOENT && errno != EACCES) {
    ThrowSystemError(env, errno, "xs_directory", path);
  }
  auto result = Napi::Array::New(env);
  for (unsigned int i = 0; names && i < count; ++i) result.Set(i, names.get()[i]);
  return result;
}

Napi::Value XenstoreHandle::Introduced(const Napi::CallbackInfo& info) {
  const auto domain = static_cast<unsigned int>(ToInteger(info[0], "domain", 0, kMaxDomain));
  Connection& open = Open(info.Env());
  return Napi::Boolean::New(info.Env(), open.xen->xs_is_domain_introduced(open.store, domain));
}

// All or nothing, so that who sees one of them sees the others.
void XenstoreHandle::Publish(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto reader = static_cast<unsigned int>(ToInteger(info[0], "reader", 0, kMaxDomain));
  if (!info[1].IsArray()) ThrowType(env, "entries must be an array of [path, value]");
  const auto array = info[1].As<Napi::Array>();
  std::vector<std::pair<std::string, std::string>> entries;
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const Napi::Object entry = ToObject(array.Get(i), "each entry");
    entries.emplace_back(ToText(entry.Get(0u), "path"), ToText(entry.Get(1u), "value"));
  }
  Connection& open = Open(env);
  const XenLibraries& xen = *open.xen;
  unsigned int length = 0;
  const Freed<char> own(
      static_cast<char*>(xen.xs_read(open.store, kNoTransaction, kOwnDomain, &length)));
  if (!own) ThrowSystemError(env, errno, "xs_read", kOwnDomain);
  // The first is the owner with everybody's rights, the second who may read.
  XenPermission rights[] = {
      {static_cast<unsigned int>(strtoul(own.get(), nullptr, 10)), kXenNoRights},
      {reader, kXenMayRead},
  };
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    const uint32_t transaction = xen.xs_transaction_start(open.store);
    if (transaction == kNoTransaction) ThrowSystemError(env, errno, "xs_transaction_start");
    bool good = true;
    for (const auto& [path, value] : entries) {
      good = good &&
             xen.xs_write(open.store, transaction, path.c_str(), value.data(),
                          static_cast<unsigned int>(value.size())) &&
             xen.xs_set_permissions(open.store, transaction, path.c_str(), rights, 2);
    }
    const int error = errno;
    const bool ended = xen.xs_transaction_end(open.store, transaction, !good);
    if (!good) ThrowSystemError(env, error, "xs_write", entries.empty() ? "" : entries[0].first);
    if (ended) return;
    if (errno != EAGAIN) ThrowSystemError(env, errno, "xs_transaction_end");
  }
  ThrowSystemError(env, EAGAIN, "xs_transaction_end");
}

void XenstoreHandle::Remove(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::string path = ToText(info[0], "path");
  Connection& open = Open(env);
  if (open.xen->xs_rm(open.store, kNoTransaction, path.c_str()) || errno == ENOENT) return;
  ThrowSystemError(env, errno, "xs_rm", path);
}

void XenstoreHandle::Watch(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::string path = ToText(info[0], "path");
  Connection& open = Open(env);
  if (open.xen->xs_watch(open.store, path.c_str(), path.c_str())) return;
  ThrowSystemError(env, errno, "xs_watch", path);
}

void XenstoreHandle::Start(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto changed = Napi::Persistent(ToFunction(info[0], "changed"));
  Open(env);
  if (held_) throw Napi::Error::New(env, "the connection to xenstored has already been started");
  on_changed_ = std::move(changed);
  const int error = poller_.Watch(UV_READABLE);
  if (error != 0) ThrowSystemError(env, error, "epoll_ctl");
  Ref();
  held_ = true;
}

void XenstoreHandle::Dispose(const Napi::CallbackInfo&) {
  Close();
  on_changed_.Reset();
  if (held_) Unref();
  held_ = false;
}

void XenstoreHandle::OnPoll(int, int) {
  const Napi::HandleScope scope(Env());
  const Napi::Object self = Value();
  // All that came, since the library's descriptor tells of the first one only.
  while (connection_) {
    const Freed<char*> event(connection_->xen->xs_check_watch(connection_->store));
    if (!event) break;
    // The path that changed, then the one that was watched.
    const Napi::HandleScope turn(Env());
    environment_.Call(Env(), self, on_changed_.Value(),
                      {Napi::String::New(Env(), event.get()[1])});
  }
  if (connection_) poller_.Watch(UV_READABLE);
}

}  // namespace livery
