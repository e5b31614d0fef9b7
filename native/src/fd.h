// An owned descriptor as JavaScript holds it.
#ifndef LIVERY_FD_H_
#define LIVERY_FD_H_

#include <napi.h>

#include <vector>

#include "environment.h"
#include "unique_fd.h"

namespace livery {

class FdHandle : public Napi::ObjectWrap<FdHandle>, public Handle {
 public:
  static void Define(Napi::Env env, Environment& environment);
  static Napi::Object New(Napi::Env env, UniqueFd fd);
  // The object behind `value`, open or not; TypeError when it is something else. Checked by type
  // tag, since any object can be handed in.
  static FdHandle& From(const Napi::Value& value, const char* name);

  // The numbers of an array of them, at most kMaxDescriptors; none when it is undefined.
  static std::vector<int> NumbersOf(const Napi::Value& value);

  explicit FdHandle(const Napi::CallbackInfo& info);
  ~FdHandle() override;
  void Finalize(Napi::Env env) override;

  bool IsOpen() const { return fd_.IsOpen(); }
  // The number; throws when disposed of.
  int Number(Napi::Env env) const;
  // Another descriptor of the same open file, close-on-exec.
  UniqueFd Duplicate(Napi::Env env) const;
  // Takes the descriptor out: the object counts as disposed of afterwards.
  UniqueFd Take(Napi::Env env);

  void Close() noexcept override;
  size_t OpenDescriptors() const override { return fd_.IsOpen() ? 1 : 0; }
  bool Owns(int number) const override { return fd_.Get() == number; }

 private:
  Napi::Value GetNumber(const Napi::CallbackInfo& info);
  Napi::Value GetDisposed(const Napi::CallbackInfo& info);
  Napi::Value Dup(const Napi::CallbackInfo& info);
  Napi::Value Size(const Napi::CallbackInfo& info);
  void Dispose(const Napi::CallbackInfo& info);

  Environment& environment_;
  UniqueFd fd_;
};

}  // namespace livery

#endif  // LIVERY_FD_H_
