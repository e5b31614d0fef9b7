#include "xen_core.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

#include "errors.h"

namespace livery {

std::shared_ptr<XenCore> XenCore::Open(Napi::Env env, const std::string& directory,
                                       XenSide side) {
  std::string fault;
  std::shared_ptr<XenCore> core(new XenCore());
  core->libraries_ = XenLibraries::Load(directory, fault);
  if (!core->libraries_) throw ExplainedError(env, ENOTSUP, "dlopen", fault);
  const XenLibraries& xen = core->Libraries();
  core->events_ = xen.xenevtchn_open(SilentXenLogger(), 0);
  if (core->events_ == nullptr) ThrowSystemError(env, errno, "open", "/dev/xen/evtchn");
  if (side == XenSide::kDom0) {
    core->table_ = xen.xengnttab_open(SilentXenLogger(), 0);
    if (core->table_ == nullptr) ThrowSystemError(env, errno, "open", "/dev/xen/gntdev");
  } else {
    core->share_ = xen.xengntshr_open(SilentXenLogger(), 0);
    if (core->share_ == nullptr) ThrowSystemError(env, errno, "open", "/dev/xen/gntalloc");
  }
  core->wake_fd_ = UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!core->wake_fd_.IsOpen()) ThrowSystemError(env, errno, "eventfd2");
  Environment& environment = Environment::Of(env);
  int error = core->event_poller_.Open(environment, *core, xen.xenevtchn_fd(core->events_));
  if (error == 0) error = core->wake_poller_.Open(environment, core->wake_, core->wake_fd_.Get());
  if (error != 0) ThrowSystemError(env, error, "epoll_ctl");
  return core;
}

XenCore::~XenCore() {
  Shut();
  if (!libraries_) return;
  if (table_ != nullptr) libraries_->xengnttab_close(table_);
  if (share_ != nullptr) libraries_->xengntshr_close(share_);
  if (events_ != nullptr) libraries_->xenevtchn_close(events_);
}

void XenCore::Shut() noexcept {
  event_poller_.Close();
  wake_poller_.Close();
  wake_fd_.Reset();
  due_.clear();
  turn_.clear();
}

int XenCore::BindInterdomain(uint32_t domain, uint32_t remote_port) {
  const int port = libraries_->xenevtchn_bind_interdomain(events_, domain, remote_port);
  return port < 0 ? -errno : port;
}

int XenCore::BindUnbound(uint32_t domain) {
  const int port = libraries_->xenevtchn_bind_unbound_port(events_, domain);
  return port < 0 ? -errno : port;
}

void XenCore::Unbind(uint32_t port) { libraries_->xenevtchn_unbind(events_, port); }

// Fails only when the other side is gone, which is learnt in other ways.
void XenCore::Notify(uint32_t port) { libraries_->xenevtchn_notify(events_, port); }

void XenCore::Listen(uint32_t port, PortTarget* target) {
  targets_[port] = target;
  UpdateWatch();
}

void XenCore::Forget(uint32_t port, PortTarget* target) {
  targets_.erase(port);
  due_.erase(target);
  turn_.erase(target);
  UpdateWatch();
}

void XenCore::Due(PortTarget* target) {
  if (!wake_fd_.IsOpen()) return;
  due_.insert(target);
  const uint64_t one = 1;
  // Full means that it will be read anyway.
  [[maybe_unused]] const ssize_t written = write(wake_fd_.Get(), &one, sizeof(one));
}

void XenCore::UpdateWatch() {
  if (!event_poller_.IsOpen()) return;
  const int events = targets_.empty() ? 0 : UV_READABLE;
  event_poller_.Watch(events);
  wake_poller_.Watch(events);
}

// One event at a time: the device may block when there is none, whatever its flags are.
void XenCore::OnPoll(int status, int) {
  // What runs below may let go of everything that holds this.
  const auto self = shared_from_this();
  if (status != 0) {
    UpdateWatch();
    return;
  }
  const int port = libraries_->xenevtchn_pending(events_);
  if (port < 0) return;
  // Before anything is looked at: what happens from now on is another event.
  libraries_->xenevtchn_unmask(events_, static_cast<uint32_t>(port));
  const auto found = targets_.find(static_cast<uint32_t>(port));
  if (found != targets_.end()) found->second->OnTurn();
}

void XenCore::RunDue() {
  const auto self = shared_from_this();
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t taken = read(wake_fd_.Get(), &count, sizeof(count));
  turn_.swap(due_);
  while (!turn_.empty()) {
    PortTarget* target = *turn_.begin();
    turn_.erase(turn_.begin());
    target->OnTurn();
  }
}

}  // namespace livery
