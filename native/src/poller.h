// Readiness of one descriptor on the libuv loop. Closing is immediate for the
// owner (no call comes any more, the descriptor may be closed at once); libuv
// gives the memory back one turn later.
#ifndef LIVERY_POLLER_H_
#define LIVERY_POLLER_H_

#include <uv.h>

#include "environment.h"

namespace livery {

class PollTarget {
 public:
  virtual ~PollTarget() = default;
  // `status` is 0 or a negative libuv error; then the watch has ended and must be asked for anew.
  // May throw Napi::Error, which then is not reported.
  virtual void OnPoll(int status, int events) = 0;
};

class Poller {
 public:
  Poller() = default;
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;
  ~Poller() { Close(); }

  bool IsOpen() const { return state_ != nullptr; }
  // Returns 0 or a positive errno value. Makes the descriptor non-blocking.
  int Open(Environment& environment, PollTarget& target, int fd);
  // Which of UV_READABLE and UV_WRITABLE to watch for; 0 watches for nothing and keeps no loop
  // alive. Returns 0 or a positive errno value.
  int Watch(int events);
  void Close() noexcept;

 private:
  struct State {
    uv_poll_t handle;
    Environment* environment;
    PollTarget* target;
    int events;
  };
  static void OnEvent(uv_poll_t* handle, int status, int events) noexcept;

  State* state_ = nullptr;
};

}  // namespace livery

#endif  // LIVERY_POLLER_H_
