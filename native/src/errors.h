// How the addon says that something failed: JavaScript errors with the code,
// system call and path that Node's own errors carry.
#ifndef LIVERY_ERRORS_H_
#define LIVERY_ERRORS_H_

#include <napi.h>

#include <string>

namespace livery {

// An Error with `code` (ENOENT...), `errno` (negative, as in Node) and `syscall`; `path` when
// there is one. `error` is a positive errno value.
Napi::Error SystemError(Napi::Env env, int error, const char* syscall,
                        const std::string& path = std::string());

// Like SystemError, with a message of our own in place of the kernel's words.
Napi::Error ExplainedError(Napi::Env env, int error, const char* syscall,
                           const std::string& explanation);

[[noreturn]] void ThrowSystemError(Napi::Env env, int error, const char* syscall,
                                   const std::string& path = std::string());

// Use after dispose: "the stream is closed".
[[noreturn]] void ThrowClosed(Napi::Env env, const char* noun);

[[noreturn]] void ThrowRange(Napi::Env env, const std::string& message);
[[noreturn]] void ThrowType(Napi::Env env, const std::string& message);

}  // namespace livery

#endif  // LIVERY_ERRORS_H_
