// What the process as a whole promises the kernel. Each of these takes rights
// away or asks to be told; none can be undone by accident.
#include <sys/prctl.h>

#include <cerrno>

#include "arguments.h"
#include "errors.h"
#include "functions.h"

namespace livery {
namespace {

constexpr uint64_t kMaxSignal = 64;

void Control(Napi::Env env, int option, unsigned long value) {
  if (prctl(option, value, 0UL, 0UL, 0UL) != 0) ThrowSystemError(env, errno, "prctl");
}

void SetParentDeathSignal(const Napi::CallbackInfo& info) {
  Control(info.Env(), PR_SET_PDEATHSIG, ToInteger(info[0], "signal", 0, kMaxSignal));
}

void SetNoNewPrivileges(const Napi::CallbackInfo& info) {
  Control(info.Env(), PR_SET_NO_NEW_PRIVS, 1);
}

void SetChildSubreaper(const Napi::CallbackInfo& info) {
  Control(info.Env(), PR_SET_CHILD_SUBREAPER, 1);
}

}  // namespace

void DefineProcess(Napi::Env env, Napi::Object exports) {
  exports.Set("setParentDeathSignal",
              Napi::Function::New<SetParentDeathSignal>(env, "setParentDeathSignal"));
  exports.Set("setNoNewPrivileges",
              Napi::Function::New<SetNoNewPrivileges>(env, "setNoNewPrivileges"));
  exports.Set("setChildSubreaper",
              Napi::Function::New<SetChildSubreaper>(env, "setChildSubreaper"));
}

}  // namespace livery
