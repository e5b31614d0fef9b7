#include "vchan.h"

#include <cerrno>
#include <new>
#include <utility>

#include "errors.h"
#include "vault.h"

namespace livery {
namespace {

// What readPlain() says of a ring whose indices cannot be true.
constexpr int kRingCorrupt = -3;

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

Napi::FunctionReference OptionalCallback(const Napi::Object& events, const char* name) {
  const Napi::Value value = events.Get(name);
  if (value.IsUndefined()) return Napi::FunctionReference();
  return Napi::Persistent(ToFunction(value, name));
}

Napi::Object Wrap(Napi::Env env, std::unique_ptr<VchanMemory> memory, const VchanFault& fault) {
  if (!memory) {
    if (fault.words.empty()) ThrowSystemError(env, fault.error, fault.action);
    throw ExplainedError(env, fault.error, fault.action, fault.words);
  }
  Environment& environment = Environment::Of(env);
  return environment.Make(environment.vchan_class, std::unique_ptr<Parts>(std::move(memory)));
}

}  // namespace

void VchanHandle::Define(Napi::Env env, Environment& environment) {
  environment.vchan_class = Napi::Persistent(DefineClass(
      env, "Vchan",
      {
          InstanceAccessor<&VchanHandle::GetDisposed>("disposed"),
          InstanceAccessor<&VchanHandle::GetState>("state"),
          InstanceAccessor<&VchanHandle::GetPendingBytes>("pendingBytes"),
          InstanceAccessor<&VchanHandle::GetRingRef>("ringRef"),
          InstanceAccessor<&VchanHandle::GetEventChannel>("eventChannel"),
          InstanceMethod<&VchanHandle::Start>("start"),
          InstanceMethod<&VchanHandle::Pause>("pause"),
          InstanceMethod<&VchanHandle::Resume>("resume"),
          InstanceMethod<&VchanHandle::ReadPlain>("readPlain"),
          InstanceMethod<&VchanHandle::Write>("write"),
          InstanceMethod<&VchanHandle::WriteSecret>("writeSecret"),
          InstanceMethod<&VchanHandle::Dispose>(Napi::Symbol::WellKnown(env, "dispose")),
      }));
}

Napi::Object VchanHandle::Connect(Napi::Env env, std::shared_ptr<XenCore> core, uint32_t domain,
                                  uint32_t ring_ref, uint32_t event_channel) {
  VchanFault fault{};
  auto memory = VchanMemory::Connect(std::move(core), domain, ring_ref, event_channel, fault);
  return Wrap(env, std::move(memory), fault);
}

Napi::Object VchanHandle::Serve(Napi::Env env, std::shared_ptr<XenCore> core, uint32_t domain,
                                size_t read_bytes, size_t write_bytes) {
  VchanFault fault{};
  auto memory = VchanMemory::Serve(std::move(core), domain, read_bytes, write_bytes, fault);
  return Wrap(env, std::move(memory), fault);
}

VchanHandle::VchanHandle(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<VchanHandle>(info), environment_(Environment::Of(info.Env())) {
  memory_.reset(static_cast<VchanMemory*>(environment_.TakeNascentParts(info.Env()).release()));
  connected_ = !memory_->IsServer();
  environment_.Add(this);
}

VchanHandle::~VchanHandle() { Close(); }

void VchanHandle::Finalize(Napi::Env env) {
  if (!memory_) return;
  Close();
  environment_.WarnOfLeak(env, "vchan");
}

void VchanHandle::Close() noexcept {
  if (!memory_) return;
  memory_->Core().Forget(memory_->Port(), this);
  memory_.reset();
  queue_.Clear();
  environment_.Remove(this);
}

void VchanHandle::RequireOpen(Napi::Env env) const {
  if (!memory_) ThrowClosed(env, "vchan");
}

Napi::Value VchanHandle::GetDisposed(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), !memory_);
}

Napi::Value VchanHandle::GetState(const Napi::CallbackInfo& info) {
  RequireOpen(info.Env());
  return Napi::String::New(info.Env(), NameOf(memory_->Data().State()));
}

Napi::Value VchanHandle::GetPendingBytes(const Napi::CallbackInfo& info) {
  RequireOpen(info.Env());
  return Napi::Number::New(info.Env(), static_cast<double>(queue_.PendingBytes()));
}

Napi::Value VchanHandle::GetRingRef(const Napi::CallbackInfo& info) {
  RequireOpen(info.Env());
  return Napi::Number::New(info.Env(), memory_->RingRef());
}

Napi::Value VchanHandle::GetEventChannel(const Napi::CallbackInfo& info) {
  RequireOpen(info.Env());
  return Napi::Number::New(info.Env(), memory_->Port());
}

void VchanHandle::Start(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Object events = ToObject(info[0], "events");
  auto readable = Napi::Persistent(ToFunction(events.Get("readable"), "readable"));
  auto connected = OptionalCallback(events, "connected");
  auto drained = OptionalCallback(events, "drained");
  RequireOpen(env);
  if (started_) throw Napi::Error::New(env, "the vchan has already been started");
  events_ = Napi::Persistent(events);
  on_readable_ = std::move(readable);
  on_connected_ = std::move(connected);
  on_drained_ = std::move(drained);
  started_ = true;
  memory_->Core().Listen(memory_->Port(), this);
  memory_->Core().Due(this);
  Ref();
  held_ = true;
}

void VchanHandle::Pause(const Napi::CallbackInfo& info) {
  RequireOpen(info.Env());
  paused_ = true;
}

void VchanHandle::Resume(const Napi::CallbackInfo& info) {
  RequireOpen(info.Env());
  paused_ = false;
  if (started_) memory_->Core().Due(this);
}

Napi::Value VchanHandle::ReadPlain(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  RequireOpen(env);
  const Bytes into = ToBytes(info[0], "into");
  if (into.size == 0) ThrowRange(env, "into must hold at least one byte");
  Ring& ring = memory_->Data();
  // Looked at first: what was written before the end is still to be read.
  const RingState before = ring.State();
  const RingMove move = ring.Read(into.data, into.size);
  if (move.notify) memory_->Notify();
  if (move.bytes > 0) return Napi::Number::New(env, static_cast<double>(move.bytes));
  const bool corrupt = ring.State() == RingState::kCorrupt;
  if (!corrupt && before != RingState::kClosed) return Napi::Number::New(env, 0);
  read_ended_ = true;
  return Napi::Number::New(env, corrupt ? kRingCorrupt : -1);
}

bool VchanHandle::IsOver() {
  const RingState state = memory_->Data().State();
  return state == RingState::kClosed || state == RingState::kCorrupt;
}

size_t VchanHandle::Push(const uint8_t* data, size_t size) {
  const RingMove move = memory_->Data().Write(data, size);
  if (move.notify) memory_->Notify();
  return move.bytes;
}

Napi::Value VchanHandle::Write(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Bytes bytes = ToBytes(info[0], "bytes");
  RequireOpen(env);
  // Nobody would read it; the owner learns of the end by reading.
  if (bytes.size == 0 || IsOver()) return Napi::Number::New(env, 0);
  size_t done = 0;
  if (queue_.IsEmpty()) done = Push(bytes.data, bytes.size);
  if (done < bytes.size) {
    try {
      queue_.Append(bytes.data + done, bytes.size - done, {});
    } catch (const std::bad_alloc&) {
      throw ExplainedError(env, ENOMEM, "malloc", "no memory for what the other side has not read");
    }
    drained_due_ = true;
    Pump();
  }
  return Napi::Number::New(env, static_cast<double>(queue_.PendingBytes()));
}

Napi::Value VchanHandle::WriteSecret(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Bytes header = ToBytes(info[0], "header");
  const Bytes secret = VaultHandle::From(info[1], "secret").Secret(env);
  RequireOpen(env);
  if (IsOver()) return Napi::Number::New(env, 0);
  size_t of_header = 0;
  size_t of_secret = 0;
  if (queue_.IsEmpty()) {
    of_header = Push(header.data, header.size);
    if (of_header == header.size) of_secret = Push(secret.data, secret.size);
  }
  if (of_header < header.size || of_secret < secret.size) {
    try {
      if (of_header < header.size) {
        queue_.Append(header.data + of_header, header.size - of_header, {});
      }
      if (of_secret < secret.size) {
        queue_.AppendSecret(secret.data + of_secret, secret.size - of_secret);
      }
    } catch (const std::bad_alloc&) {
      throw ExplainedError(env, ENOMEM, "malloc", "no memory for what the other side has not read");
    }
    drained_due_ = true;
    Pump();
  }
  return Napi::Number::New(env, static_cast<double>(queue_.PendingBytes()));
}

void VchanHandle::Pump() {
  while (!queue_.IsEmpty()) {
    const size_t moved = Push(queue_.FrontData(), queue_.FrontBytes());
    if (moved > 0) {
      queue_.Consume(moved);
    } else if (memory_->Data().AskWritable() == 0) {
      // The owner learns of the end by reading, with or without another event.
      if (IsOver()) {
        queue_.Clear();
        if (started_) memory_->Core().Due(this);
      }
      return;
    }
  }
  // The owner is told in a turn of its own.
  if (drained_due_ && started_) memory_->Core().Due(this);
}

void VchanHandle::Dispose(const Napi::CallbackInfo&) {
  Close();
  events_.Reset();
  on_connected_.Reset();
  on_readable_.Reset();
  on_drained_.Reset();
  if (held_) Unref();
  held_ = false;
}

bool VchanHandle::Tell(const Napi::FunctionReference& callback) {
  if (!callback.IsEmpty()) environment_.Call(Env(), events_.Value(), callback.Value(), {});
  return memory_ != nullptr;
}

void VchanHandle::Rearm() {
  if (!ReadsOn() || memory_->Data().State() == RingState::kWaiting) return;
  if (memory_->Data().AskReadable() > 0 || IsOver()) memory_->Core().Due(this);
}

void VchanHandle::OnTurn() {
  if (!memory_) return;
  const Napi::HandleScope scope(Env());
  // Keeps this object while callbacks run, which may dispose of it.
  [[maybe_unused]] const Napi::Object self = Value();
  Ring& ring = memory_->Data();
  const RingState state = ring.State();
  if (!connected_ && state != RingState::kWaiting) {
    connected_ = true;
    if (!Tell(on_connected_)) return;
  }
  const bool over = state == RingState::kClosed || state == RingState::kCorrupt;
  if (ReadsOn() && state != RingState::kWaiting && (over || ring.Readable() > 0)) {
    if (!Tell(on_readable_)) return;
  }
  if (!queue_.IsEmpty()) Pump();
  if (drained_due_ && queue_.IsEmpty()) {
    drained_due_ = false;
    if (!Tell(on_drained_)) return;
  }
  Rearm();
}

}  // namespace livery
