#include "errors.h"

#include <uv.h>

namespace livery {
namespace {

// An abstract socket's name begins with a NUL; in messages it is written '@' as in /proc/net/unix.
std::string Printable(const std::string& path) {
  std::string text = path;
  for (char& letter : text) {
    if (letter == '\0') letter = '@';
  }
  return text;
}

}  // namespace

Napi::Error ExplainedError(Napi::Env env, int error, const char* syscall,
                           const std::string& explanation) {
  const std::string code = uv_err_name(-error);
  Napi::Error result = Napi::Error::New(env, code + ": " + explanation);
  result.Set("code", code);
  result.Set("errno", Napi::Number::New(env, -error));
  result.Set("syscall", syscall);
  return result;
}

Napi::Error SystemError(Napi::Env env, int error, const char* syscall, const std::string& path) {
  std::string explanation = std::string(uv_strerror(-error)) + ", " + syscall;
  if (!path.empty()) explanation += " '" + Printable(path) + "'";
  Napi::Error result = ExplainedError(env, error, syscall, explanation);
  if (!path.empty()) result.Set("path", Printable(path));
  return result;
}

void ThrowSystemError(Napi::Env env, int error, const char* syscall, const std::string& path) {
  throw SystemError(env, error, syscall, path);
}

void ThrowClosed(Napi::Env env, const char* noun) {
  throw Napi::Error::New(env, std::string("the ") + noun + " is closed");
}

void ThrowRange(Napi::Env env, const std::string& message) {
  throw Napi::RangeError::New(env, message);
}

void ThrowType(Napi::Env env, const std::string& message) {
  throw Napi::TypeError::New(env, message);
}

}  // namespace livery
