// What a stream does for its shortcut (shortcut.h): reads once, hands what is not the
// shortcut's to JavaScript, and writes what it makes of the rest.
#include <string.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "errors.h"
#include "shortcut.h"
#include "stream.h"

namespace livery {

void StreamHandle::Numbers::Hold(const Napi::Value& value, const char* name, size_t count) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_int32_array ||
      value.As<Napi::TypedArray>().ElementLength() < count) {
    ThrowType(value.Env(), std::string(name) + " must be an Int32Array of " +
                               std::to_string(count) + " numbers or more");
  }
  auto numbers = value.As<Napi::Int32Array>();
  array = Napi::Persistent(numbers);
  data = numbers.Data();
}

void StreamHandle::PutShortcut(const Napi::CallbackInfo& info) {
  RequireOpen(info.Env());
  auto shortcut = std::make_unique<Shortcut>();
  shortcut->copies = false;
  shortcut->slot.Hold(info[0], "slot", kPutWords);
  shortcut->to = From(info[1], "to");
  shortcut->to_object = Napi::Persistent(info[1].As<Napi::Object>());
  shortcut->gate.Hold(info[2], "gate", kGateWords);
  if (shortcut_) throw Napi::Error::New(info.Env(), "the stream has a shortcut already");
  shortcut_ = std::move(shortcut);
}

void StreamHandle::CopyShortcut(const Napi::CallbackInfo& info) {
  RequireOpen(info.Env());
  auto shortcut = std::make_unique<Shortcut>();
  shortcut->copies = true;
  shortcut->slot.Hold(info[0], "slot", kCopyWords);
  shortcut->gate.Hold(info[1], "gate", kGateWords);
  shortcut->to = From(info[2], "to");
  shortcut->to_object = Napi::Persistent(info[2].As<Napi::Object>());
  shortcut->to_gate.Hold(info[3], "toGate", kGateWords);
  if (shortcut_ && shortcut_->left_bytes > 0) {
    throw Napi::Error::New(info.Env(), "what the stream has read is to be taken first");
  }
  shortcut_ = std::move(shortcut);
}

int64_t StreamHandle::ReadInto(const Bytes& into) {
  if (!shortcut_ || shortcut_->left_bytes == 0) return Receive(into);
  Shortcut& shortcut = *shortcut_;
  const size_t count = std::min(into.size, shortcut.left_bytes);
  std::memcpy(into.data, shortcut.left.data(), count);
  const size_t rest = shortcut.left_bytes - count;
  std::memmove(shortcut.left.data(), shortcut.left.data() + count, rest);
  explicit_bzero(shortcut.left.data() + rest, count);
  shortcut.left_bytes = rest;
  return static_cast<int64_t>(count);
}

bool StreamHandle::IsClear() const {
  return fd_.IsOpen() && queue_.IsEmpty() && !end_wanted_ && failure_ == 0;
}

bool StreamHandle::IsArmed() const {
  if (!shortcut_) return false;
  const int32_t* slot = shortcut_->slot.data;
  return slot[kCredit] > 0 || (shortcut_->copies && slot[kCopyFence] != 0);
}

StreamHandle* StreamHandle::From(const Napi::Value& value, const char* name) {
  const Environment& environment = Environment::Of(value.Env());
  if (!value.IsObject() ||
      !value.As<Napi::Object>().InstanceOf(environment.stream_class.Value())) {
    ThrowType(value.Env(), std::string(name) + " must be a Stream");
  }
  return Napi::ObjectWrap<StreamHandle>::Unwrap(value.As<Napi::Object>());
}

bool StreamHandle::ReadShort() {
  Shortcut& shortcut = *shortcut_;
  if (shortcut.left_bytes > 0) return false;
  const int64_t count = Receive(Bytes{shortcut.left.data(), shortcut.left.size()});
  if (count == 0) return received_.empty();
  // JavaScript reads the end once more.
  if (count < 0) return false;
  shortcut.left_bytes = static_cast<size_t>(count);
  if (!received_.empty() || !TakeShort()) return false;
  explicit_bzero(shortcut.left.data(), shortcut.left_bytes);
  shortcut.left_bytes = 0;
  return true;
}

bool StreamHandle::TakeShort() {
  const Shortcut& shortcut = *shortcut_;
  const uint8_t* bytes = shortcut.left.data();
  const size_t size = shortcut.left_bytes;
  int32_t* slot = shortcut.slot.data;
  if (!shortcut.to->IsClear()) return false;
  if (!shortcut.copies) {
    std::array<uint8_t, kPutImageBytes> request{};
    if (!TakePut(bytes, size, slot, shortcut.gate.data, request)) return false;
    shortcut.to->Send(Env(), request.data(), request.size(), {});
    return true;
  }
  std::array<uint8_t, kShmImageBytes> message{};
  if (TakeCopied(bytes, size, slot, shortcut.to_gate.data, message)) {
    shortcut.to->Send(Env(), message.data(), message.size(), {});
    return true;
  }
  std::array<uint8_t, kCopyBytes> requests{};
  if (!IsClear() || !TakeDamage(bytes, size, slot, shortcut.gate.data, requests)) return false;
  Send(Env(), requests.data(), requests.size(), {});
  return true;
}

}  // namespace livery
