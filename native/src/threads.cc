// How the C library itself changes the user of all threads (setuid): a signal
// that it never lets anybody block, sent to each thread by its number.
#include "threads.h"

#include <dirent.h>
#include <features.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <set>

namespace livery {

#ifdef __GLIBC__

namespace {

// SIGSETXID of glibc; sigaction() refuses it, the kernel does not.
constexpr int kSignal = 33;
constexpr size_t kSignalSetBytes = 8;
constexpr long kLookEveryNanoseconds = 1000000;
constexpr int kLooks = 2000;

// What the kernel takes, which is not the C library's struct sigaction. The
// restorer of x86-64 is taken over from the library's own handler.
struct KernelAction {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)();
  unsigned long mask;
};

std::atomic<bool (*)()> action{nullptr};
std::atomic<int> answered{0};
std::atomic<int> refused{0};

void Answer(int) {
  const int kept = errno;
  bool (*act)() = action.load();
  if (act == nullptr || !act()) refused.fetch_add(1);
  answered.fetch_add(1);
  errno = kept;
}

long SetAction(const KernelAction* next, KernelAction* before) {
  return syscall(SYS_rt_sigaction, kSignal, next, before, kSignalSetBytes);
}

// Thread ids of this process; empty where /proc cannot be read.
std::set<pid_t> Threads() {
  std::set<pid_t> found;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir("/proc/self/task"), closedir);
  if (!directory) return found;
  while (const dirent* entry = readdir(directory.get())) {
    const long id = std::strtol(entry->d_name, nullptr, 10);
    if (id > 0) found.insert(static_cast<pid_t>(id));
  }
  return found;
}

bool WaitFor(int count) {
  const timespec moment{0, kLookEveryNanoseconds};
  for (int i = 0; i < kLooks && answered.load() < count; ++i) nanosleep(&moment, nullptr);
  return answered.load() >= count;
}

// Until no thread is found that was not asked: one that was not yet may have made another.
bool AskAll() {
  const pid_t self = static_cast<pid_t>(syscall(SYS_gettid));
  std::set<pid_t> asked{self};
  int sent = 0;
  for (;;) {
    const std::set<pid_t> threads = Threads();
    if (threads.count(self) == 0) return false;
    bool found = false;
    for (const pid_t thread : threads) {
      if (!asked.insert(thread).second) continue;
      found = true;
      if (syscall(SYS_tgkill, getpid(), thread, kSignal) == 0) {
        ++sent;
      } else if (errno != ESRCH) {
        return false;
      }
    }
    if (!found) return refused.load() == 0;
    if (!WaitFor(sent)) return false;
  }
}

}  // namespace

bool OnEveryOtherThread(bool (*act)()) {
  KernelAction before{};
  if (SetAction(nullptr, &before) != 0) return false;
#ifdef __x86_64__
  if (before.restorer == nullptr) return false;
#endif
  KernelAction ours = before;
  ours.handler = Answer;
  ours.flags = (before.flags & ~static_cast<unsigned long>(SA_SIGINFO)) | SA_RESTART;
  ours.mask = ~0UL;
  action.store(act);
  answered.store(0);
  refused.store(0);
  if (SetAction(&ours, nullptr) != 0) return false;
  const bool all = AskAll();
  SetAction(&before, nullptr);
  return all;
}

#else

bool OnEveryOtherThread(bool (*)()) { return false; }

#endif

}  // namespace livery
