#include "stream.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <utility>

#include "arguments.h"
#include "errors.h"
#include "fd.h"
#include "socket_message.h"
#include "vault.h"

namespace livery {
namespace {

// Descriptors that may wait for takeFds(). A peer could otherwise fill the table of the process
// by sending them to an owner that expects none.
constexpr size_t kMaxWaitingDescriptors = 4 * kMaxDescriptors;
// What readPlain() says when descriptors came.
constexpr int kDescriptorsCame = -2;

Napi::FunctionReference OptionalCallback(const Napi::Object& events, const char* name) {
  const Napi::Value value = events.Get(name);
  if (value.IsUndefined()) return Napi::FunctionReference();
  return Napi::Persistent(ToFunction(value, name));
}

}  // namespace

void StreamHandle::Define(Napi::Env env, Environment& environment) {
  environment.stream_class = Napi::Persistent(DefineClass(
      env, "Stream",
      {
          InstanceAccessor<&StreamHandle::GetDisposed>("disposed"),
          InstanceAccessor<&StreamHandle::GetPendingBytes>("pendingBytes"),
          InstanceMethod<&StreamHandle::Start>("start"),
          InstanceMethod<&StreamHandle::Pause>("pause"),
          InstanceMethod<&StreamHandle::Resume>("resume"),
          InstanceMethod<&StreamHandle::Read>("read"),
          InstanceMethod<&StreamHandle::ReadPlain>("readPlain"),
          InstanceMethod<&StreamHandle::TakeFds>("takeFds"),
          InstanceMethod<&StreamHandle::Write>("write"),
          InstanceMethod<&StreamHandle::WriteSecret>("writeSecret"),
          InstanceMethod<&StreamHandle::PeerCredentials>("peerCredentials"),
          InstanceMethod<&StreamHandle::PutShortcut>("putShortcut"),
          InstanceMethod<&StreamHandle::CopyShortcut>("copyShortcut"),
          InstanceMethod<&StreamHandle::End>("end"),
          InstanceMethod<&StreamHandle::Dispose>(Napi::Symbol::WellKnown(env, "dispose")),
      }));
}

Napi::Object StreamHandle::New(Napi::Env env, UniqueFd fd) {
  Environment& environment = Environment::Of(env);
  return environment.Make(environment.stream_class, std::move(fd));
}

StreamHandle::StreamHandle(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<StreamHandle>(info), environment_(Environment::Of(info.Env())) {
  fd_ = environment_.TakeNascent(info.Env());
  const int error = poller_.Open(environment_, *this, fd_.Get());
  if (error != 0) ThrowSystemError(info.Env(), error, "epoll_ctl");
  environment_.Add(this);
}

StreamHandle::~StreamHandle() { Close(); }

void StreamHandle::Finalize(Napi::Env env) {
  if (!fd_.IsOpen()) return;
  Close();
  environment_.WarnOfLeak(env, "stream");
}

void StreamHandle::Close() noexcept {
  if (!fd_.IsOpen()) return;
  poller_.Close();
  fd_.Reset();
  queue_.Clear();
  received_.clear();
  // The references in it are let go of where JavaScript may be touched.
  if (shortcut_) explicit_bzero(shortcut_->left.data(), shortcut_->left_bytes);
  if (shortcut_) shortcut_->left_bytes = 0;
  environment_.Remove(this);
}

size_t StreamHandle::OpenDescriptors() const {
  return (fd_.IsOpen() ? 1 : 0) + received_.size() + queue_.PendingDescriptors();
}

void StreamHandle::RequireOpen(Napi::Env env) const {
  if (!fd_.IsOpen()) ThrowClosed(env, "stream");
}

Napi::Value StreamHandle::GetDisposed(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), !fd_.IsOpen());
}

Napi::Value StreamHandle::GetPendingBytes(const Napi::CallbackInfo& info) {
  RequireOpen(info.Env());
  return Napi::Number::New(info.Env(), static_cast<double>(queue_.PendingBytes()));
}

void StreamHandle::Start(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Object events = ToObject(info[0], "events");
  auto readable = Napi::Persistent(ToFunction(events.Get("readable"), "readable"));
  auto drained = OptionalCallback(events, "drained");
  auto failed = OptionalCallback(events, "failed");
  RequireOpen(env);
  if (started_) throw Napi::Error::New(env, "the stream has already been started");
  events_ = Napi::Persistent(events);
  on_readable_ = std::move(readable);
  on_drained_ = std::move(drained);
  on_failed_ = std::move(failed);
  started_ = true;
  UpdateWatch();
}

void StreamHandle::Pause(const Napi::CallbackInfo& info) {
  RequireOpen(info.Env());
  paused_ = true;
  UpdateWatch();
}

void StreamHandle::Resume(const Napi::CallbackInfo& info) {
  RequireOpen(info.Env());
  paused_ = false;
  UpdateWatch();
}

Napi::Value StreamHandle::Read(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  RequireOpen(env);
  const Bytes into = ToBytes(info[0], "into");
  if (into.size == 0) ThrowRange(env, "into must hold at least one byte");
  return Napi::Number::New(env, static_cast<double>(ReadInto(into)));
}

Napi::Value StreamHandle::ReadPlain(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  RequireOpen(env);
  const Bytes into = ToBytes(info[0], "into");
  if (into.size == 0) ThrowRange(env, "into must hold at least one byte");
  const int64_t count = ReadInto(into);
  if (received_.empty()) return Napi::Number::New(env, static_cast<double>(count));
  if (count > 0) explicit_bzero(into.data, static_cast<size_t>(count));
  received_.clear();
  return Napi::Number::New(env, kDescriptorsCame);
}

int64_t StreamHandle::Receive(const Bytes& into) {
  if (read_ended_) return -1;
  const Received received = ReceiveMessage(fd_.Get(), into.data, into.size, received_);
  if (received.truncated || received_.size() > kMaxWaitingDescriptors) {
    // The caller is told of no bytes, so it would not know of any to overwrite.
    if (received.bytes > 0) explicit_bzero(into.data, static_cast<size_t>(received.bytes));
    LoseDescriptors();
    return -1;
  }
  if (received.bytes > 0) return received.bytes;
  if (received.bytes == -EAGAIN) return 0;
  read_ended_ = true;
  // A reset also means that bytes of ours were never read.
  if (received.bytes < 0) Fail(static_cast<int>(-received.bytes), "recvmsg");
  UpdateWatch();
  return -1;
}

Napi::Value StreamHandle::TakeFds(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  RequireOpen(env);
  auto result = Napi::Array::New(env);
  std::vector<UniqueFd> taken = std::move(received_);
  received_.clear();
  for (size_t i = 0; i < taken.size(); ++i) {
    result.Set(static_cast<uint32_t>(i), FdHandle::New(env, std::move(taken[i])));
  }
  return result;
}

Napi::Value StreamHandle::Write(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::vector<int> numbers = FdHandle::NumbersOf(info[1]);
  Bytes bytes = ToBytes(info[0], "bytes");
  if (!info[2].IsUndefined()) bytes.size = ToInteger(info[2], "count", 0, bytes.size);
  RequireOpen(env);
  if (end_wanted_) throw Napi::Error::New(env, "the stream's write side has ended");
  if (bytes.size == 0 && !numbers.empty()) {
    ThrowRange(env, "descriptors need at least one byte to travel with");
  }
  // A failed stream has told its owner, or is about to; what it still writes has no reader.
  if (bytes.size > 0 && failure_ == 0) Send(env, bytes.data, bytes.size, numbers);
  return Napi::Number::New(env, static_cast<double>(queue_.PendingBytes()));
}

void StreamHandle::Send(Napi::Env env, const uint8_t* data, size_t size,
                        const std::vector<int>& numbers) {
  size_t done = 0;
  if (queue_.IsEmpty()) {
    const iovec part{const_cast<uint8_t*>(data), size};
    const int64_t sent = SendMessage(fd_.Get(), &part, 1, numbers.data(), numbers.size());
    if (sent < 0 && sent != -EAGAIN) {
      Fail(static_cast<int>(-sent), "sendmsg");
      return;
    }
    if (sent > 0) done = static_cast<size_t>(sent);
  }
  if (done == size) return;
  std::vector<UniqueFd> copies;
  if (done == 0) {
    copies.reserve(numbers.size());
    for (const int number : numbers) {
      copies.emplace_back(fcntl(number, F_DUPFD_CLOEXEC, 0));
      // Nothing of this buffer was sent or queued yet, so the caller may try again.
      if (!copies.back().IsOpen()) ThrowSystemError(env, errno, "fcntl");
    }
  }
  try {
    queue_.Append(data + done, size - done, std::move(copies));
  } catch (const std::bad_alloc&) {
    // Part of the buffer may be gone already: what follows it would be misread.
    Fail(ENOMEM, "malloc");
    return;
  }
  drained_due_ = true;
  UpdateWatch();
}

Napi::Value StreamHandle::WriteSecret(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Bytes header = ToBytes(info[0], "header");
  const Bytes secret = VaultHandle::From(info[1], "secret").Secret(env);
  RequireOpen(env);
  if (end_wanted_) throw Napi::Error::New(env, "the stream's write side has ended");
  if (header.size + secret.size > 0 && failure_ == 0) SendSecret(header, secret);
  return Napi::Number::New(env, static_cast<double>(queue_.PendingBytes()));
}

void StreamHandle::SendSecret(const Bytes& header, const Bytes& secret) {
  size_t done = 0;
  if (queue_.IsEmpty()) {
    const std::array<iovec, 2> parts{iovec{header.data, header.size},
                                     iovec{secret.data, secret.size}};
    const int64_t sent = SendMessage(fd_.Get(), parts.data(), parts.size(), nullptr, 0);
    if (sent < 0 && sent != -EAGAIN) {
      Fail(static_cast<int>(-sent), "sendmsg");
      return;
    }
    if (sent > 0) done = static_cast<size_t>(sent);
  }
  if (done == header.size + secret.size) return;
  const size_t of_header = std::min(done, header.size);
  const size_t of_secret = done - of_header;
  try {
    if (of_header < header.size) {
      queue_.Append(header.data + of_header, header.size - of_header, {});
    }
    if (of_secret < secret.size) {
      queue_.AppendSecret(secret.data + of_secret, secret.size - of_secret);
    }
  } catch (const std::bad_alloc&) {
    Fail(ENOMEM, "malloc");
    return;
  }
  drained_due_ = true;
  UpdateWatch();
}

void StreamHandle::End(const Napi::CallbackInfo& info) {
  RequireOpen(info.Env());
  end_wanted_ = true;
  ShutdownIfDue();
}

void StreamHandle::ShutdownIfDue() {
  if (!end_wanted_ || end_sent_ || !queue_.IsEmpty()) return;
  end_sent_ = true;
  // Fails only when the other side has gone, and then there is nobody to tell.
  shutdown(fd_.Get(), SHUT_WR);
}

Napi::Value StreamHandle::PeerCredentials(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  RequireOpen(env);
  ucred credentials{};
  socklen_t size = sizeof(credentials);
  if (getsockopt(fd_.Get(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    ThrowSystemError(env, errno, "getsockopt");
  }
  auto result = Napi::Object::New(env);
  result.Set("pid", Napi::Number::New(env, credentials.pid));
  result.Set("uid", Napi::Number::New(env, credentials.uid));
  result.Set("gid", Napi::Number::New(env, credentials.gid));
  return result;
}

void StreamHandle::Dispose(const Napi::CallbackInfo&) {
  Close();
  events_.Reset();
  on_readable_.Reset();
  on_drained_.Reset();
  on_failed_.Reset();
  shortcut_.reset();
  if (held_) Unref();
  held_ = false;
}

void StreamHandle::Fail(int error, const char* syscall) {
  if (failure_ != 0) return;
  failure_ = error;
  failed_syscall_ = syscall;
  queue_.Clear();
  drained_due_ = false;
  failed_due_ = true;
  UpdateWatch();
}

// The order of bytes and descriptors cannot be restored, so neither side may go on.
void StreamHandle::LoseDescriptors() {
  received_.clear();
  read_ended_ = true;
  shutdown(fd_.Get(), SHUT_RDWR);
  Fail(EMSGSIZE, "recvmsg");
  UpdateWatch();
}

void StreamHandle::FlushQueue() {
  const int error = queue_.Flush(fd_.Get());
  if (error != 0) Fail(error, "sendmsg");
  ShutdownIfDue();
}

void StreamHandle::UpdateWatch() {
  int events = 0;
  if (started_ && !paused_ && !read_ended_) events |= UV_READABLE;
  // A failed socket counts as writable, which brings us to the loop to say so.
  if (!queue_.IsEmpty() || (started_ && failed_due_)) events |= UV_WRITABLE;
  const int error = poller_.Watch(events);
  if (error != 0 && failure_ == 0) Fail(error, "epoll_ctl");
  const bool hold = started_ || !queue_.IsEmpty();
  if (hold && !held_) Ref();
  if (!hold && held_) Unref();
  held_ = hold;
}

void StreamHandle::Tell(const Napi::FunctionReference& callback, napi_value argument) {
  if (callback.IsEmpty()) return;
  const Napi::Env env = Env();
  if (argument == nullptr) {
    environment_.Call(env, events_.Value(), callback.Value(), {});
  } else {
    environment_.Call(env, events_.Value(), callback.Value(), {argument});
  }
}

void StreamHandle::OnPoll(int status, int events) {
  const bool readable = (events & UV_READABLE) != 0 && started_ && !paused_ && !read_ended_;
  // Nothing that happens with every picture of a video enters JavaScript.
  if (readable && status == 0 && events == UV_READABLE && IsArmed() && ReadShort()) return;
  const Napi::HandleScope scope(Env());
  // Keeps this object while callbacks run, which may dispose of it.
  [[maybe_unused]] const Napi::Object self = Value();
  if (status != 0) {
    // The socket carries an error, and libuv stopped watching. Fetching it also clears it, so
    // what the other side sent before stays readable.
    int error = 0;
    socklen_t size = sizeof(error);
    getsockopt(fd_.Get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) Fail(error, "sendmsg");
  }
  // Reading comes first: the last words of the other side explain why writing failed.
  if (readable) {
    Tell(on_readable_, nullptr);
    if (!fd_.IsOpen()) return;
  }
  if (!queue_.IsEmpty()) FlushQueue();
  if (failed_due_ && started_) {
    failed_due_ = false;
    Tell(on_failed_, SystemError(Env(), failure_, failed_syscall_).Value());
    if (!fd_.IsOpen()) return;
  }
  if (drained_due_ && queue_.IsEmpty()) {
    drained_due_ = false;
    Tell(on_drained_, nullptr);
    if (!fd_.IsOpen()) return;
  }
  UpdateWatch();
}

}  // namespace livery
