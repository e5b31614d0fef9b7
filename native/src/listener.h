// A listening unix socket as JavaScript holds it. Whoever connects becomes a
// Stream; nothing is known of them but what the kernel says.
#ifndef LIVERY_LISTENER_H_
#define LIVERY_LISTENER_H_

#include <napi.h>

#include "environment.h"
#include "poller.h"
#include "unique_fd.h"

namespace livery {

class ListenerHandle : public Napi::ObjectWrap<ListenerHandle>, public Handle, public PollTarget {
 public:
  static void Define(Napi::Env env, Environment& environment);
  // `fd` must be a listening unix stream socket.
  static Napi::Object New(Napi::Env env, UniqueFd fd);

  explicit ListenerHandle(const Napi::CallbackInfo& info);
  ~ListenerHandle() override;
  void Finalize(Napi::Env env) override;

  void Close() noexcept override;
  size_t OpenDescriptors() const override {
    return (fd_.IsOpen() ? 1 : 0) + (spare_.IsOpen() ? 1 : 0);
  }
  bool Owns(int number) const override;
  void OnPoll(int status, int events) override;

 private:
  Napi::Value GetFd(const Napi::CallbackInfo& info);
  Napi::Value GetDisposed(const Napi::CallbackInfo& info);
  void Start(const Napi::CallbackInfo& info);
  void Dispose(const Napi::CallbackInfo& info);

  // Accepts one connection; an empty result when none is left.
  UniqueFd Accept();

  Environment& environment_;
  UniqueFd fd_;
  // Given up for a moment when the process has no descriptor left, so that a waiting connection
  // can be taken and turned away instead of waking the loop for ever.
  UniqueFd spare_;
  Poller poller_;
  // The `fd` property, made on first use: a duplicate, so that closing it does no harm here.
  Napi::ObjectReference shown_fd_;
  Napi::FunctionReference on_connection_;
  bool started_ = false;
};

}  // namespace livery

#endif  // LIVERY_LISTENER_H_
