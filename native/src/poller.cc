#include "poller.h"

#include <memory>

namespace livery {

int Poller::Open(Environment& environment, PollTarget& target, int fd) {
  auto state = std::make_unique<State>();
  state->environment = &environment;
  state->target = &target;
  state->events = 0;
  const int result = uv_poll_init(environment.Loop(), &state->handle, fd);
  if (result != 0) return -result;
  state->handle.data = state.get();
  environment.WatcherOpened();
  // From here on libuv knows the address: only the close callback may free it.
  state_ = state.release();
  return 0;
}

int Poller::Watch(int events) {
  if (state_->events == events) return 0;
  const int result = events == 0 ? uv_poll_stop(&state_->handle)
                                 : uv_poll_start(&state_->handle, events, OnEvent);
  if (result != 0) return -result;
  state_->events = events;
  return 0;
}

void Poller::Close() noexcept {
  if (state_ == nullptr) return;
  State* state = state_;
  state_ = nullptr;
  state->target = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(&state->handle), [](uv_handle_t* handle) {
    const std::unique_ptr<State> closed(static_cast<State*>(handle->data));
    closed->environment->WatcherClosed();
  });
}

void Poller::OnEvent(uv_poll_t* handle, int status, int events) noexcept {
  auto* state = static_cast<State*>(handle->data);
  // After an error libuv has stopped watching by itself.
  if (status != 0) state->events = 0;
  if (state->target == nullptr) return;
  try {
    state->target->OnPoll(status, events);
  } catch (const Napi::Error&) {
    // In a worker that is being terminated not even an error object can be made. What callbacks
    // throw does not come here.
  }
}

}  // namespace livery
