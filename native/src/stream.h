// A unix stream socket as JavaScript holds it: reads into the caller's memory,
// writes through one queue, descriptors both ways. What arrives is handed on
// unseen; how much may wait is the caller's decision.
//
// Read side: open -> ended (end of stream, reset, or lost descriptors).
// Write side: open -> ending (end() was called, queue not empty) -> ended;
// or failed from any of them, told once by `failed`.
#ifndef LIVERY_STREAM_H_
#define LIVERY_STREAM_H_

#include <napi.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "arguments.h"
#include "environment.h"
#include "poller.h"
#include "unique_fd.h"
#include "write_queue.h"

namespace livery {

class StreamHandle : public Napi::ObjectWrap<StreamHandle>, public Handle, public PollTarget {
 public:
  static void Define(Napi::Env env, Environment& environment);
  // `fd` must be a connected unix stream socket.
  static Napi::Object New(Napi::Env env, UniqueFd fd);

  explicit StreamHandle(const Napi::CallbackInfo& info);
  ~StreamHandle() override;
  void Finalize(Napi::Env env) override;

  void Close() noexcept override;
  size_t OpenDescriptors() const override;
  bool Owns(int number) const override { return fd_.Get() == number; }
  void OnPoll(int status, int events) override;

 private:
  Napi::Value GetDisposed(const Napi::CallbackInfo& info);
  Napi::Value GetPendingBytes(const Napi::CallbackInfo& info);
  void Start(const Napi::CallbackInfo& info);
  void Pause(const Napi::CallbackInfo& info);
  void Resume(const Napi::CallbackInfo& info);
  Napi::Value Read(const Napi::CallbackInfo& info);
  Napi::Value ReadPlain(const Napi::CallbackInfo& info);
  Napi::Value TakeFds(const Napi::CallbackInfo& info);
  Napi::Value Write(const Napi::CallbackInfo& info);
  Napi::Value WriteSecret(const Napi::CallbackInfo& info);
  Napi::Value PeerCredentials(const Napi::CallbackInfo& info);
  void PutShortcut(const Napi::CallbackInfo& info);
  void CopyShortcut(const Napi::CallbackInfo& info);
  void End(const Napi::CallbackInfo& info);
  void Dispose(const Napi::CallbackInfo& info);

  void RequireOpen(Napi::Env env) const;
  // Number of bytes, 0 for nothing now, -1 at the end. What a shortcut has left comes first.
  int64_t ReadInto(const Bytes& into);
  int64_t Receive(const Bytes& into);
  static StreamHandle* From(const Napi::Value& value, const char* name);
  // A shortcut may take what comes next.
  bool IsArmed() const;
  // One read; true when nothing of it is left to JavaScript.
  bool ReadShort();
  bool TakeShort();
  // Whether a shortcut may write to it: nothing is before it.
  bool IsClear() const;
  // Sends directly when nothing waits; queues what is left, duplicating the descriptors for it.
  void Send(Napi::Env env, const uint8_t* data, size_t size, const std::vector<int>& numbers);
  // As Send, for two parts of which the second is overwritten where it has to wait.
  void SendSecret(const Bytes& header, const Bytes& secret);
  void Fail(int error, const char* syscall);
  void LoseDescriptors();
  void FlushQueue();
  void ShutdownIfDue();
  // Watches for exactly what can still happen; also what keeps this object alive.
  void UpdateWatch();
  void Tell(const Napi::FunctionReference& callback, napi_value argument);

  // Memory of JavaScript's, held by a reference to it.
  struct Numbers {
    Napi::Reference<Napi::Int32Array> array;
    int32_t* data = nullptr;

    void Hold(const Napi::Value& value, const char* name, size_t count);
  };
  // See shortcut.h. The stream written to is kept by its object, and may be closed.
  struct Shortcut {
    bool copies;
    Numbers slot;
    Numbers gate;
    Numbers to_gate;
    Napi::ObjectReference to_object;
    StreamHandle* to;
    // What was read and is JavaScript's.
    std::array<uint8_t, 4096> left;
    size_t left_bytes = 0;
  };

  Environment& environment_;
  UniqueFd fd_;
  Poller poller_;
  WriteQueue queue_;
  std::vector<UniqueFd> received_;
  std::unique_ptr<Shortcut> shortcut_;

  Napi::ObjectReference events_;
  Napi::FunctionReference on_readable_;
  Napi::FunctionReference on_drained_;
  Napi::FunctionReference on_failed_;

  bool started_ = false;
  bool paused_ = false;
  bool read_ended_ = false;
  bool end_wanted_ = false;
  bool end_sent_ = false;
  bool drained_due_ = false;
  bool failed_due_ = false;
  bool held_ = false;
  int failure_ = 0;
  const char* failed_syscall_ = "";
};

}  // namespace livery

#endif  // LIVERY_STREAM_H_
