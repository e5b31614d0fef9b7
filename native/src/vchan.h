// One vchan of Xen as JavaScript holds it: a ring over granted pages, events,
// and the same contract for its owner as a stream has. The client's side maps
// what the server granted; the server's side grants pages of its own. The ring
// (ring.h) believes nothing that the other side writes there.
#ifndef LIVERY_VCHAN_H_
#define LIVERY_VCHAN_H_

#include <napi.h>

#include <memory>

#include "arguments.h"
#include "environment.h"
#include "ring.h"
#include "vchan_memory.h"
#include "write_queue.h"
#include "xen_core.h"

namespace livery {

class VchanHandle : public Napi::ObjectWrap<VchanHandle>, public Handle, public PortTarget {
 public:
  static void Define(Napi::Env env, Environment& environment);
  // Throws when the server is gone, or is no vchan.
  static Napi::Object Connect(Napi::Env env, std::shared_ptr<XenCore> core, uint32_t domain,
                              uint32_t ring_ref, uint32_t event_channel);
  static Napi::Object Serve(Napi::Env env, std::shared_ptr<XenCore> core, uint32_t domain,
                            size_t read_bytes, size_t write_bytes);

  explicit VchanHandle(const Napi::CallbackInfo& info);
  ~VchanHandle() override;
  void Finalize(Napi::Env env) override;

  void Close() noexcept override;
  // The devices belong to the core.
  size_t OpenDescriptors() const override { return 0; }
  bool Owns(int) const override { return false; }
  void OnTurn() override;

 private:
  Napi::Value GetDisposed(const Napi::CallbackInfo& info);
  Napi::Value GetState(const Napi::CallbackInfo& info);
  Napi::Value GetPendingBytes(const Napi::CallbackInfo& info);
  Napi::Value GetRingRef(const Napi::CallbackInfo& info);
  Napi::Value GetEventChannel(const Napi::CallbackInfo& info);
  void Start(const Napi::CallbackInfo& info);
  void Pause(const Napi::CallbackInfo& info);
  void Resume(const Napi::CallbackInfo& info);
  Napi::Value ReadPlain(const Napi::CallbackInfo& info);
  Napi::Value Write(const Napi::CallbackInfo& info);
  Napi::Value WriteSecret(const Napi::CallbackInfo& info);
  void Dispose(const Napi::CallbackInfo& info);

  void RequireOpen(Napi::Env env) const;
  bool IsOver();
  // Into the ring, as much as there is room for.
  size_t Push(const uint8_t* data, size_t size);
  void Pump();
  // Asks for the event after which there is something to do again.
  void Rearm();
  bool ReadsOn() const { return started_ && !paused_ && !read_ended_; }
  // False when this was disposed of in the call.
  bool Tell(const Napi::FunctionReference& callback);

  Environment& environment_;
  std::unique_ptr<VchanMemory> memory_;
  WriteQueue queue_;

  Napi::ObjectReference events_;
  Napi::FunctionReference on_connected_;
  Napi::FunctionReference on_readable_;
  Napi::FunctionReference on_drained_;

  bool started_ = false;
  bool paused_ = false;
  bool connected_ = false;
  bool read_ended_ = false;
  bool drained_due_ = false;
  bool held_ = false;
};

}  // namespace livery

#endif  // LIVERY_VCHAN_H_
