// Rights that a process gives up for good: system calls (seccomp) and files
// (Landlock). What is given up is decided elsewhere; here it is handed to the
// kernel, whole or not at all.
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "arguments.h"
#include "errors.h"
#include "functions.h"
#include "threads.h"
#include "unique_fd.h"

namespace livery {
namespace {

// ---- system calls

void InstallSeccompFilter(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Bytes bytes = ToBytes(info[0], "program");
  const size_t count = bytes.size / sizeof(sock_filter);
  if (bytes.size % sizeof(sock_filter) != 0 || count == 0 || count > BPF_MAXINSNS) {
    ThrowRange(env, "program must be 1 to " + std::to_string(BPF_MAXINSNS) +
                        " instructions of 8 bytes");
  }
  // The kernel takes a filter of root without it; then a program with more rights than ours could
  // be started under rules that it does not expect.
  if (prctl(PR_GET_NO_NEW_PRIVS, 0UL, 0UL, 0UL, 0UL) != 1) {
    throw ExplainedError(env, EACCES, "seccomp", "no_new_privs is not set");
  }
  std::vector<sock_filter> instructions(count);
  std::memcpy(instructions.data(), bytes.data, bytes.size);
  const sock_fprog program{static_cast<unsigned short>(count), instructions.data()};
  const long result =
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
  if (result < 0) ThrowSystemError(env, errno, "seccomp");
  if (result > 0) {
    throw ExplainedError(env, ESRCH, "seccomp",
                         "thread " + std::to_string(result) + " already has another filter");
  }
}

// ---- files; the numbers of linux/landlock.h, which is older than the kernel on many systems

constexpr long kCreateRuleset = 444;
constexpr long kAddRule = 445;
constexpr long kRestrictSelf = 446;
constexpr uint32_t kAskVersion = 1;
constexpr int kPathBeneath = 1;
// From this version on the kernel can restrict all threads of the process at once.
constexpr long kAllThreadsVersion = 8;
constexpr uint32_t kAllThreads = 1u << 3;

constexpr uint64_t kExecute = 1u << 0;
constexpr uint64_t kWriteFile = 1u << 1;
constexpr uint64_t kReadFile = 1u << 2;
constexpr uint64_t kReadDirectory = 1u << 3;
constexpr uint64_t kMakeCharacterDevice = 1u << 6;
constexpr uint64_t kMakeBlockDevice = 1u << 11;
constexpr uint64_t kTruncate = 1u << 14;
constexpr uint64_t kDeviceControl = 1u << 15;
// All rights of the first version, and those that came with later ones.
constexpr uint64_t kFirstRights = (1u << 13) - 1;
constexpr uint64_t kRefer = 1u << 13;
// What makes sense for something that is no directory.
constexpr uint64_t kRightsOfFiles =
    kExecute | kWriteFile | kReadFile | kTruncate | kDeviceControl;

struct RulesetAttributes {
  uint64_t file_rights;
};

struct __attribute__((packed)) PathRule {
  uint64_t rights;
  int32_t parent;
};

uint64_t RightsOf(long version) {
  uint64_t rights = kFirstRights;
  if (version >= 2) rights |= kRefer;
  if (version >= 3) rights |= kTruncate;
  if (version >= 5) rights |= kDeviceControl;
  return rights;
}

struct PathList {
  uint64_t rights;
  std::vector<std::string> paths;
};

PathList ToPathList(const Napi::Object& access, const char* name, uint64_t rights) {
  PathList list{rights, {}};
  const Napi::Value value = access.Get(name);
  if (value.IsUndefined()) return list;
  if (!value.IsArray()) ThrowType(value.Env(), std::string(name) + " must be an array of paths");
  const auto array = value.As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); ++i) {
    list.paths.push_back(ToText(array.Get(i), "each path"));
  }
  return list;
}

void Permit(Napi::Env env, int ruleset, const std::string& path, uint64_t rights) {
  const UniqueFd fd(open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!fd.IsOpen()) ThrowSystemError(env, errno, "open", path);
  struct stat facts {};
  if (fstat(fd.Get(), &facts) != 0) ThrowSystemError(env, errno, "fstat", path);
  if (!S_ISDIR(facts.st_mode)) rights &= kRightsOfFiles;
  const PathRule rule{rights, fd.Get()};
  if (syscall(kAddRule, ruleset, kPathBeneath, &rule, 0) != 0) {
    ThrowSystemError(env, errno, "landlock_add_rule", path);
  }
}

// 0 where the kernel has none of it, or it was switched off.
long LandlockVersion() {
  const long version = syscall(kCreateRuleset, nullptr, 0, kAskVersion);
  return version < 0 ? 0 : version;
}

std::atomic<int> shared_ruleset{-1};

// In a signal handler.
bool RestrictThisThread() {
  return prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) == 0 &&
         syscall(kRestrictSelf, shared_ruleset.load(), 0) == 0;
}

Napi::Value RestrictFileAccess(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Object access = ToObject(info[0], "access");
  const uint64_t read = kReadFile | kReadDirectory;
  const PathList lists[] = {
      ToPathList(access, "read", read),
      ToPathList(access, "write", ~(kExecute | kMakeCharacterDevice | kMakeBlockDevice)),
      ToPathList(access, "execute", read | kExecute),
  };
  const long version = LandlockVersion();
  if (version == 0) return env.Undefined();
  const RulesetAttributes attributes{RightsOf(version)};
  const UniqueFd ruleset(
      static_cast<int>(syscall(kCreateRuleset, &attributes, sizeof(attributes), 0)));
  if (!ruleset.IsOpen()) ThrowSystemError(env, errno, "landlock_create_ruleset");
  for (const PathList& list : lists) {
    for (const std::string& path : list.paths) {
      Permit(env, ruleset.Get(), path, list.rights & attributes.file_rights);
    }
  }
  if (prctl(PR_GET_NO_NEW_PRIVS, 0UL, 0UL, 0UL, 0UL) != 1) {
    throw ExplainedError(env, EACCES, "landlock_restrict_self", "no_new_privs is not set");
  }
  bool all_threads = version >= kAllThreadsVersion;
  long result = -1;
  if (all_threads) result = syscall(kRestrictSelf, ruleset.Get(), kAllThreads);
  if (result != 0) {
    // The others first: afterwards this thread may not be able to look for them.
    shared_ruleset.store(ruleset.Get());
    all_threads = OnEveryOtherThread(RestrictThisThread);
    shared_ruleset.store(-1);
    result = syscall(kRestrictSelf, ruleset.Get(), 0);
    if (result != 0) ThrowSystemError(env, errno, "landlock_restrict_self");
  }
  auto outcome = Napi::Object::New(env);
  outcome.Set("abi", Napi::Number::New(env, static_cast<double>(version)));
  outcome.Set("allThreads", Napi::Boolean::New(env, all_threads));
  return outcome;
}

}  // namespace

void DefineConfinement(Napi::Env env, Napi::Object exports) {
  exports.Set("installSeccompFilter",
              Napi::Function::New<InstallSeccompFilter>(env, "installSeccompFilter"));
  exports.Set("landlockVersion",
              Napi::Function::New(
                  env,
                  [](const Napi::CallbackInfo& info) {
                    return Napi::Number::New(info.Env(), static_cast<double>(LandlockVersion()));
                  },
                  "landlockVersion"));
  exports.Set("restrictFileAccess",
              Napi::Function::New<RestrictFileAccess>(env, "restrictFileAccess"));
}

}  // namespace livery
