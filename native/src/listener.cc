#include "listener.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "arguments.h"
#include "errors.h"
#include "fd.h"
#include "stream.h"

namespace livery {
namespace {

// Other watchers get their turn between bursts of connections.
constexpr int kMaxAcceptsPerTurn = 16;

// Any number will do; a duplicate needs no right to open files.
UniqueFd Spare(int fd) { return UniqueFd(fcntl(fd, F_DUPFD_CLOEXEC, 0)); }

}  // namespace

void ListenerHandle::Define(Napi::Env env, Environment& environment) {
  environment.listener_class = Napi::Persistent(DefineClass(
      env, "Listener",
      {
          InstanceAccessor<&ListenerHandle::GetFd>("fd"),
          InstanceAccessor<&ListenerHandle::GetDisposed>("disposed"),
          InstanceMethod<&ListenerHandle::Start>("start"),
          InstanceMethod<&ListenerHandle::Dispose>(Napi::Symbol::WellKnown(env, "dispose")),
      }));
}

Napi::Object ListenerHandle::New(Napi::Env env, UniqueFd fd) {
  Environment& environment = Environment::Of(env);
  return environment.Make(environment.listener_class, std::move(fd));
}

ListenerHandle::ListenerHandle(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<ListenerHandle>(info), environment_(Environment::Of(info.Env())) {
  fd_ = environment_.TakeNascent(info.Env());
  environment_.Add(this);
}

ListenerHandle::~ListenerHandle() { Close(); }

void ListenerHandle::Finalize(Napi::Env env) {
  if (!fd_.IsOpen()) return;
  Close();
  environment_.WarnOfLeak(env, "listener");
}

void ListenerHandle::Close() noexcept {
  if (!fd_.IsOpen()) return;
  poller_.Close();
  fd_.Reset();
  spare_.Reset();
  environment_.Remove(this);
}

bool ListenerHandle::Owns(int number) const {
  return fd_.Get() == number || spare_.Get() == number;
}

Napi::Value ListenerHandle::GetFd(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!fd_.IsOpen()) ThrowClosed(env, "listener");
  if (shown_fd_.IsEmpty()) {
    UniqueFd copy(fcntl(fd_.Get(), F_DUPFD_CLOEXEC, 0));
    if (!copy.IsOpen()) ThrowSystemError(env, errno, "fcntl");
    shown_fd_ = Napi::Persistent(FdHandle::New(env, std::move(copy)));
  }
  return shown_fd_.Value();
}

Napi::Value ListenerHandle::GetDisposed(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), !fd_.IsOpen());
}

void ListenerHandle::Start(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Function callback = ToFunction(info[0], "onConnection");
  if (!fd_.IsOpen()) ThrowClosed(env, "listener");
  if (started_) throw Napi::Error::New(env, "the listener has already been started");
  spare_ = Spare(fd_.Get());
  int error = poller_.Open(environment_, *this, fd_.Get());
  if (error == 0) error = poller_.Watch(UV_READABLE);
  if (error != 0) {
    poller_.Close();
    ThrowSystemError(env, error, "epoll_ctl");
  }
  on_connection_ = Napi::Persistent(callback);
  started_ = true;
  Ref();
}

void ListenerHandle::Dispose(const Napi::CallbackInfo& info) {
  Close();
  on_connection_.Reset();
  if (!shown_fd_.IsEmpty()) {
    FdHandle::From(shown_fd_.Value().As<Napi::Value>(), "fd").Close();
    shown_fd_.Reset();
  }
  if (started_) Unref();
  started_ = false;
}

UniqueFd ListenerHandle::Accept() {
  while (true) {
    UniqueFd fd(accept4(fd_.Get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (fd.IsOpen()) return fd;
    const bool table_full = errno == EMFILE || errno == ENFILE;
    if (table_full && spare_.IsOpen()) {
      spare_.Reset();
      UniqueFd(accept4(fd_.Get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)).Reset();
      spare_ = Spare(fd_.Get());
      return UniqueFd();
    }
    // A connection that was given up before we took it is not the last one.
    if (errno != EINTR && errno != ECONNABORTED) return UniqueFd();
  }
}

void ListenerHandle::OnPoll(int status, int) {
  const Napi::Env env = Env();
  const Napi::HandleScope scope(env);
  // Keeps this object while callbacks run, which may dispose of it.
  [[maybe_unused]] const Napi::Object self = Value();
  if (status != 0) {
    poller_.Watch(UV_READABLE);
    return;
  }
  for (int turn = 0; turn < kMaxAcceptsPerTurn && fd_.IsOpen(); ++turn) {
    UniqueFd fd = Accept();
    if (!fd.IsOpen()) return;
    const Napi::HandleScope inner(env);
    try {
      const Napi::Object stream = StreamHandle::New(env, std::move(fd));
      environment_.Call(env, env.Global(), on_connection_.Value(), {stream});
    } catch (const Napi::Error&) {
      // The connection could not be wrapped; it is closed, the next one may succeed.
    }
  }
}

}  // namespace livery
