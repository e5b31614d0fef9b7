// Everything the addon keeps per Node environment (the main thread and each
// worker have one): the classes, the open handles and the way back into
// JavaScript. There are no globals. Lives until every watcher is closed.
#ifndef LIVERY_ENVIRONMENT_H_
#define LIVERY_ENVIRONMENT_H_

#include <napi.h>
#include <uv.h>

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <unordered_set>

#include "secret_memory.h"
#include "unique_fd.h"

namespace livery {

// Something open that must be closed at the latest when its environment ends.
class Handle {
 public:
  virtual ~Handle() = default;
  // Closes descriptors, memory and watchers and leaves the environment's set; runs no JavaScript.
  // Idempotent. Once closed a handle never touches its environment again, which may be gone.
  virtual void Close() noexcept = 0;
  virtual size_t OpenDescriptors() const = 0;
  virtual bool Owns(int number) const = 0;
};

// What a class is made around, when it is more than a descriptor or memory.
class Parts {
 public:
  virtual ~Parts() = default;
};

class Environment {
 public:
  static Environment& Of(Napi::Env env);
  explicit Environment(Napi::Env env);
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  uv_loop_t* Loop() const { return loop_; }

  void Add(Handle* handle) { handles_.insert(handle); }
  void Remove(Handle* handle) { handles_.erase(handle); }
  size_t OpenDescriptors() const;
  bool Owns(int number) const;

  // Makes an object of one of our classes around what it owns. JavaScript cannot: without a
  // descriptor or memory that waits here the constructors throw.
  Napi::Object Make(const Napi::FunctionReference& type, UniqueFd fd);
  Napi::Object Make(const Napi::FunctionReference& type, SecretMemory memory);
  // The constructor of `type` gets exactly these parts back.
  Napi::Object Make(const Napi::FunctionReference& type, std::unique_ptr<Parts> parts);
  // For the constructors: the descriptor or the memory that waits.
  UniqueFd TakeNascent(Napi::Env env);
  SecretMemory TakeNascentMemory(Napi::Env env);
  std::unique_ptr<Parts> TakeNascentParts(Napi::Env env);

  // Calls into JavaScript from the event loop, so that microtasks run afterwards. What the
  // callback throws becomes an uncaught exception. Needs an open handle scope.
  void Call(Napi::Env env, napi_value receiver, napi_value callback,
            std::initializer_list<napi_value> arguments) noexcept;

  // The alarm of a handle that was collected before it was disposed of.
  void WarnOfLeak(Napi::Env env, const char* noun) noexcept;

  // Watchers hold the environment until libuv has let go of them.
  void WatcherOpened() { ++watchers_; }
  void WatcherClosed();

  Napi::FunctionReference fd_class;
  Napi::FunctionReference stream_class;
  Napi::FunctionReference listener_class;
  Napi::FunctionReference staging_class;
  Napi::FunctionReference vault_class;
  Napi::FunctionReference xen_class;
  Napi::FunctionReference xenstore_class;
  Napi::FunctionReference vchan_class;
  Napi::FunctionReference grant_map_class;
  Napi::FunctionReference granted_pages_class;

 private:
  static void OnCleanup(napi_async_cleanup_hook_handle handle, void* data);
  void FinishIfDone();

  uv_loop_t* loop_ = nullptr;
  napi_env env_;
  napi_async_context async_context_ = nullptr;
  napi_async_cleanup_hook_handle cleanup_ = nullptr;
  std::unordered_set<Handle*> handles_;
  UniqueFd nascent_;
  SecretMemory nascent_memory_;
  std::unique_ptr<Parts> nascent_parts_;
  size_t watchers_ = 0;
  bool ending_ = false;
};

}  // namespace livery

#endif  // LIVERY_ENVIRONMENT_H_
