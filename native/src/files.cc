// Memory objects and files by descriptor. Sizes and offsets were chosen by
// dom0; the contents of a file are only moved, never looked at.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "arguments.h"
#include "environment.h"
#include "errors.h"
#include "fd.h"
#include "functions.h"
#include "staging.h"
#include "unique_fd.h"

namespace livery {
namespace {

// The kernel allows 249 bytes, as it puts "memfd:" in front.
constexpr size_t kMaxMemoryName = 249;
constexpr uint64_t kDefaultMode = 0600;

// Whoever gets this descriptor can neither resize the memory nor add further seals, so what was
// checked once stays true.
UniqueFd SealedMemory(Napi::Env env, const std::string& name, uint64_t size) {
  if (name.size() > kMaxMemoryName) {
    ThrowRange(env, "name must have at most " + std::to_string(kMaxMemoryName) + " bytes");
  }
  UniqueFd fd(memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd.IsOpen()) ThrowSystemError(env, errno, "memfd_create", name);
  if (ftruncate(fd.Get(), static_cast<off_t>(size)) != 0) {
    ThrowSystemError(env, errno, "ftruncate", name);
  }
  if (fcntl(fd.Get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    ThrowSystemError(env, errno, "fcntl", name);
  }
  return fd;
}

Napi::Value CreatePool(const Napi::CallbackInfo& info) {
  const std::string name = ToText(info[0], "name");
  const uint64_t size = ToInteger(info[1], "sizeBytes", 1, kMaxSafeInteger);
  return FdHandle::New(info.Env(), SealedMemory(info.Env(), name, size));
}

Napi::Value CreateStaging(const Napi::CallbackInfo& info) {
  const std::string name = ToText(info[0], "name");
  const uint64_t size = ToInteger(info[1], "sizeBytes", 1, kMaxSafeInteger);
  return StagingHandle::New(info.Env(), SealedMemory(info.Env(), name, size));
}

Napi::Value MemoryFacts(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = FdHandle::From(info[0], "fd").Number(env);
  struct stat facts {};
  if (fstat(fd, &facts) != 0) ThrowSystemError(env, errno, "fstat");
  // No seals on what cannot be sealed: -1 would look like all of them to whoever masks it.
  const int seals = std::max(fcntl(fd, F_GET_SEALS), 0);
  auto result = Napi::Object::New(env);
  result.Set("regular", Napi::Boolean::New(env, S_ISREG(facts.st_mode)));
  result.Set("sizeBytes", Napi::Number::New(env, static_cast<double>(facts.st_size)));
  result.Set("seals", Napi::Number::New(env, seals));
  return result;
}

Napi::Value AdoptFd(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int number = static_cast<int>(ToInteger(info[0], "number", 0, INT32_MAX));
  // Two owners of one number would close each other's files.
  if (Environment::Of(env).Owns(number)) {
    throw ExplainedError(env, EBUSY, "fcntl",
                         "descriptor " + std::to_string(number) + " already has an owner");
  }
  const int flags = fcntl(number, F_GETFD);
  if (flags < 0 || fcntl(number, F_SETFD, flags | FD_CLOEXEC) != 0) {
    ThrowSystemError(env, errno, "fcntl");
  }
  return FdHandle::New(env, UniqueFd(number));
}

Napi::Value OpenFile(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::string path = ToText(info[0], "path");
  const uint64_t flags = ToInteger(info[1], "flags", 0, INT32_MAX);
  const uint64_t mode =
      info[2].IsUndefined() ? kDefaultMode : ToInteger(info[2], "mode", 0, 07777);
  UniqueFd fd(open(path.c_str(), static_cast<int>(flags) | O_CLOEXEC | O_NOFOLLOW,
                   static_cast<mode_t>(mode)));
  if (!fd.IsOpen()) ThrowSystemError(env, errno, "open", path);
  return FdHandle::New(env, std::move(fd));
}

void AllocateFile(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const uint64_t size = ToInteger(info[1], "sizeBytes", 1, kMaxSafeInteger);
  const int fd = FdHandle::From(info[0], "fd").Number(env);
  if (ftruncate(fd, static_cast<off_t>(size)) != 0) ThrowSystemError(env, errno, "ftruncate");
  int error = EINTR;
  while (error == EINTR) error = posix_fallocate(fd, 0, static_cast<off_t>(size));
  if (error != 0) ThrowSystemError(env, error, "posix_fallocate");
}

// The lock belongs to the open file: it lives until every duplicate is closed, also in children.
Napi::Value LockFile(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int fd = FdHandle::From(info[0], "fd").Number(env);
  int result = -1;
  do {
    result = flock(fd, LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  if (result != 0 && errno != EWOULDBLOCK) ThrowSystemError(env, errno, "flock");
  return Napi::Boolean::New(env, result == 0);
}

Napi::Value ReadAt(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const uint64_t offset = ToInteger(info[2], "offset", 0, kMaxSafeInteger);
  const int fd = FdHandle::From(info[0], "fd").Number(env);
  const Bytes into = ToBytes(info[1], "into");
  size_t done = 0;
  while (done < into.size) {
    const ssize_t now =
        pread(fd, into.data + done, into.size - done, static_cast<off_t>(offset + done));
    if (now == 0) break;
    if (now > 0) {
      done += static_cast<size_t>(now);
    } else if (errno != EINTR) {
      ThrowSystemError(env, errno, "pread");
    }
  }
  return Napi::Number::New(env, static_cast<double>(done));
}

void WriteAt(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const uint64_t offset = ToInteger(info[2], "offset", 0, kMaxSafeInteger);
  const int fd = FdHandle::From(info[0], "fd").Number(env);
  const Bytes bytes = ToBytes(info[1], "bytes");
  size_t done = 0;
  while (done < bytes.size) {
    const ssize_t now =
        pwrite(fd, bytes.data + done, bytes.size - done, static_cast<off_t>(offset + done));
    if (now >= 0) {
      done += static_cast<size_t>(now);
    } else if (errno != EINTR) {
      ThrowSystemError(env, errno, "pwrite");
    }
  }
}

}  // namespace

void DefineFiles(Napi::Env env, Napi::Object exports) {
  exports.Set("createPool", Napi::Function::New<CreatePool>(env, "createPool"));
  exports.Set("createStaging", Napi::Function::New<CreateStaging>(env, "createStaging"));
  exports.Set("memoryFacts", Napi::Function::New<MemoryFacts>(env, "memoryFacts"));
  exports.Set("adoptFd", Napi::Function::New<AdoptFd>(env, "adoptFd"));
  exports.Set("openFile", Napi::Function::New<OpenFile>(env, "openFile"));
  exports.Set("allocateFile", Napi::Function::New<AllocateFile>(env, "allocateFile"));
  exports.Set("lockFile", Napi::Function::New<LockFile>(env, "lockFile"));
  exports.Set("readAt", Napi::Function::New<ReadAt>(env, "readAt"));
  exports.Set("writeAt", Napi::Function::New<WriteAt>(env, "writeAt"));
}

}  // namespace livery
