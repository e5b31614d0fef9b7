// A Ring over memory of JavaScript, for tests alone: whoever has the memory
// plays the hostile peer, from any thread. Events are counted, not sent.
#include <napi.h>

#include <cstdint>
#include <optional>
#include <string>

#include "arguments.h"
#include "errors.h"
#include "functions.h"
#include "ring.h"

namespace livery {
namespace {

// Memory that JavaScript can neither take away nor shrink while the ring is there.
Bytes ToSharedBytes(const Napi::Value& value, const char* name) {
  const Bytes bytes = ToBytes(value, name);
  // A SharedArrayBuffer is no ArrayBuffer to Node-API.
  const Napi::Value buffer = value.As<Napi::Object>().Get("buffer");
  if (buffer.IsArrayBuffer()) {
    ThrowType(value.Env(), std::string(name) + " must lie in a SharedArrayBuffer");
  }
  if (reinterpret_cast<uintptr_t>(bytes.data) % sizeof(uint32_t) != 0) {
    ThrowRange(value.Env(), std::string(name) + " must begin at a multiple of 4");
  }
  return bytes;
}

const char* NameOf(RingState state) {
  switch (state) {
    case RingState::kWaiting:
      return "waiting";
    case RingState::kOpen:
      return "open";
    case RingState::kClosed:
      return "closed";
    case RingState::kCorrupt:
      return "corrupt";
  }
  return "";
}

class RingDouble : public Napi::ObjectWrap<RingDouble> {
 public:
  static Napi::Function Class(Napi::Env env) {
    return DefineClass(env, "RingDouble",
                       {
                           InstanceAccessor<&RingDouble::GetState>("state"),
                           InstanceAccessor<&RingDouble::GetEvents>("events"),
                           InstanceAccessor<&RingDouble::GetReadable>("readable"),
                           InstanceAccessor<&RingDouble::GetWritable>("writable"),
                           InstanceMethod<&RingDouble::AskReadable>("askReadable"),
                           InstanceMethod<&RingDouble::AskWritable>("askWritable"),
                           InstanceMethod<&RingDouble::Read>("read"),
                           InstanceMethod<&RingDouble::Write>("write"),
                           InstanceMethod<&RingDouble::Close>("close"),
                       });
  }

  explicit RingDouble(const Napi::CallbackInfo& info) : Napi::ObjectWrap<RingDouble>(info) {
    const Napi::Env env = info.Env();
    const Napi::Object object = ToObject(info[0], "memory");
    const Bytes page = Take(object, "page", kRingPageBytes);
    const bool serve = !info[1].IsUndefined();
    RingLayout layout{};
    Words refs{nullptr, 0};
    if (serve) {
      const Napi::Object wish = ToObject(info[1], "serve");
      layout = ChooseRingLayout(ToInteger(wish.Get("leftBytes"), "leftBytes", 0, kMaxSafeInteger),
                                ToInteger(wish.Get("rightBytes"), "rightBytes", 0, kMaxSafeInteger));
      refs = ToWords(wish.Get("refs"), "refs");
    } else {
      layout = ReadRingLayout(page.data);
    }
    const char* fault = FindFault(layout);
    if (fault != nullptr) ThrowRange(env, fault);
    RingMemory memory{page.data, nullptr, nullptr};
    if (!IsInPage(layout.left_order)) {
      memory.left = Take(object, "left", RingBytes(layout.left_order)).data;
    }
    if (!IsInPage(layout.right_order)) {
      memory.right = Take(object, "right", RingBytes(layout.right_order)).data;
    }
    if (serve && refs.count != RingRefCount(layout)) {
      ThrowRange(env, "refs must be " + std::to_string(RingRefCount(layout)));
    }
    ring_ = serve ? Ring::Serve(memory, layout, refs.data) : Ring::Attach(memory, layout);
    if (!serve) ++events_;
  }

 private:
  Bytes Take(const Napi::Object& object, const char* name, size_t size) {
    const Napi::Value value = object.Get(name);
    const Bytes bytes = ToSharedBytes(value, name);
    if (bytes.size != size) {
      ThrowRange(object.Env(), std::string(name) + " must have " + std::to_string(size) + " bytes");
    }
    // The object may be given another array; these are the ones that must live.
    kept_[kept_count_++] = Napi::Persistent(value.As<Napi::Object>());
    return bytes;
  }

  Napi::Value Number(Napi::Env env, size_t number) {
    return Napi::Number::New(env, static_cast<double>(number));
  }

  Napi::Value GetState(const Napi::CallbackInfo& info) {
    return Napi::String::New(info.Env(), NameOf(ring_->State()));
  }
  Napi::Value GetEvents(const Napi::CallbackInfo& info) { return Number(info.Env(), events_); }
  Napi::Value GetReadable(const Napi::CallbackInfo& info) {
    return Number(info.Env(), ring_->Readable());
  }
  Napi::Value GetWritable(const Napi::CallbackInfo& info) {
    return Number(info.Env(), ring_->Writable());
  }
  Napi::Value AskReadable(const Napi::CallbackInfo& info) {
    return Number(info.Env(), ring_->AskReadable());
  }
  Napi::Value AskWritable(const Napi::CallbackInfo& info) {
    return Number(info.Env(), ring_->AskWritable());
  }

  Napi::Value Read(const Napi::CallbackInfo& info) {
    const Bytes into = ToBytes(info[0], "into");
    // Looked at first: what was written before the end is still to be read.
    const RingState state = ring_->State();
    const RingMove move = ring_->Read(into.data, into.size);
    return Moved(info.Env(), move, state);
  }

  Napi::Value Write(const Napi::CallbackInfo& info) {
    const Bytes bytes = ToBytes(info[0], "bytes");
    const RingState state = ring_->State();
    const RingMove move = ring_->Write(bytes.data, bytes.size);
    return Moved(info.Env(), move, state);
  }

  Napi::Value Moved(Napi::Env env, const RingMove& move, RingState state) {
    if (move.notify) ++events_;
    const bool over = state == RingState::kClosed || ring_->State() == RingState::kCorrupt;
    if (move.bytes == 0 && over) return Napi::Number::New(env, -1);
    return Number(env, move.bytes);
  }

  void Close(const Napi::CallbackInfo&) {
    ring_->Close();
    ++events_;
  }

  Napi::ObjectReference kept_[3];
  size_t kept_count_ = 0;
  std::optional<Ring> ring_;
  size_t events_ = 0;
};

}  // namespace

void DefineRingDouble(Napi::Env env, Napi::Object exports) {
  exports.Set("RingDouble", RingDouble::Class(env));
}

}  // namespace livery
