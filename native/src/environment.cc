#include "environment.h"

#include <string>
#include <utility>
#include <vector>

#include "errors.h"

namespace livery {

Environment& Environment::Of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }

Environment::Environment(Napi::Env env) : env_(env) {
  napi_value resource = Napi::Object::New(env);
  napi_value name = Napi::String::New(env, "livery");
  const bool ready =
      napi_get_uv_event_loop(env, &loop_) == napi_ok &&
      napi_async_init(env, resource, name, &async_context_) == napi_ok &&
      napi_add_async_cleanup_hook(env, OnCleanup, this, &cleanup_) == napi_ok;
  if (!ready) throw Napi::Error::New(env, "the addon cannot attach itself to this environment");
}

size_t Environment::OpenDescriptors() const {
  size_t count = 0;
  for (const Handle* handle : handles_) count += handle->OpenDescriptors();
  return count;
}

bool Environment::Owns(int number) const {
  for (const Handle* handle : handles_) {
    if (handle->Owns(number)) return true;
  }
  return false;
}

Napi::Object Environment::Make(const Napi::FunctionReference& type, UniqueFd fd) {
  nascent_ = std::move(fd);
  try {
    return type.New({});
  } catch (...) {
    nascent_.Reset();
    throw;
  }
}

UniqueFd Environment::TakeNascent(Napi::Env env) {
  if (!nascent_.IsOpen()) ThrowType(env, "Illegal constructor");
  return std::move(nascent_);
}

Napi::Object Environment::Make(const Napi::FunctionReference& type, SecretMemory memory) {
  nascent_memory_ = std::move(memory);
  try {
    return type.New({});
  } catch (...) {
    nascent_memory_.Reset();
    throw;
  }
}

SecretMemory Environment::TakeNascentMemory(Napi::Env env) {
  if (!nascent_memory_.IsMapped()) ThrowType(env, "Illegal constructor");
  return std::move(nascent_memory_);
}

Napi::Object Environment::Make(const Napi::FunctionReference& type, std::unique_ptr<Parts> parts) {
  nascent_parts_ = std::move(parts);
  try {
    return type.New({});
  } catch (...) {
    nascent_parts_.reset();
    throw;
  }
}

std::unique_ptr<Parts> Environment::TakeNascentParts(Napi::Env env) {
  if (!nascent_parts_) ThrowType(env, "Illegal constructor");
  return std::move(nascent_parts_);
}

void Environment::Call(Napi::Env env, napi_value receiver, napi_value callback,
                       std::initializer_list<napi_value> arguments) noexcept {
  const napi_status status = napi_make_callback(env, async_context_, receiver, callback,
                                                arguments.size(), arguments.begin(), nullptr);
  if (status == napi_object_expected || status == napi_invalid_arg) {
    // A mistake of ours; an event lost in silence would be far worse to find.
    napi_fatal_error("livery", NAPI_AUTO_LENGTH, "a callback could not be called",
                     NAPI_AUTO_LENGTH);
  }
  // Other failures are those of a worker that is being terminated: nothing of it may run any more.
  if (status != napi_pending_exception) return;
  napi_value error = nullptr;
  if (napi_get_and_clear_last_exception(env, &error) == napi_ok && error != nullptr) {
    napi_fatal_exception(env, error);
  }
}

void Environment::WarnOfLeak(Napi::Env env, const char* noun) noexcept {
  try {
    const Napi::HandleScope scope(env);
    const auto process = env.Global().Get("process").As<Napi::Object>();
    auto options = Napi::Object::New(env);
    options.Set("type", "LeakWarning");
    options.Set("code", "LIVERY_LEAK");
    const std::string text = std::string("leaked descriptor: a ") + noun +
                             " was garbage collected before it was disposed of; it is closed now";
    process.Get("emitWarning")
        .As<Napi::Function>()
        .Call(process, {Napi::String::New(env, text), options});
  } catch (const Napi::Error&) {
    // An alarm that cannot be raised must not end the process; the descriptor is closed anyway.
  }
}

void Environment::WatcherClosed() {
  --watchers_;
  FinishIfDone();
}

// Runs before any finalizer of this environment (hooks run last added first, and Node waits for
// this one), so no handle is touched after its owner.
void Environment::OnCleanup(napi_async_cleanup_hook_handle, void* data) {
  auto* self = static_cast<Environment*>(data);
  self->ending_ = true;
  const std::vector<Handle*> open(self->handles_.begin(), self->handles_.end());
  for (Handle* handle : open) handle->Close();
  napi_async_destroy(self->env_, self->async_context_);
  self->FinishIfDone();
}

void Environment::FinishIfDone() {
  // Removing the hook lets Node delete this object: nothing may follow it.
  if (ending_ && watchers_ == 0) napi_remove_async_cleanup_hook(cleanup_);
}

}  // namespace livery
