// What all vchans and grants of one Node environment share: Xen's libraries,
// one handle of each device, and the way from an event to the vchan it is for.
// The handles are closed when the last user is gone; devices are opened once, at
// the start, since a daemon that gave up its rights can open none any more.
#ifndef LIVERY_XEN_CORE_H_
#define LIVERY_XEN_CORE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "environment.h"
#include "poller.h"
#include "unique_fd.h"
#include "xen_libraries.h"

namespace livery {

// Of these two a process is one.
enum class XenSide { kDom0, kDomain };

class PortTarget {
 public:
  virtual ~PortTarget() = default;
  // An event came, or a turn that was asked for. Never from inside a call of this object.
  virtual void OnTurn() = 0;
};

class XenCore : public PollTarget, public std::enable_shared_from_this<XenCore> {
 public:
  // Throws Napi::Error with what is absent.
  static std::shared_ptr<XenCore> Open(Napi::Env env, const std::string& directory, XenSide side);
  XenCore(const XenCore&) = delete;
  XenCore& operator=(const XenCore&) = delete;
  ~XenCore() override;

  const XenLibraries& Libraries() const { return *libraries_; }
  // Of a process in dom0.
  XenGrantTable* Table() const { return table_; }
  // Of a process in a domain.
  XenGrantShare* Share() const { return share_; }
  XenEventChannels* Events() const { return events_; }

  // Each gets a port of ours, or a negative errno value.
  int BindInterdomain(uint32_t domain, uint32_t remote_port);
  int BindUnbound(uint32_t domain);
  void Unbind(uint32_t port);
  void Notify(uint32_t port);

  void Listen(uint32_t port, PortTarget* target);
  void Forget(uint32_t port, PortTarget* target);
  // One call of OnTurn in the next turn of the loop.
  void Due(PortTarget* target);

  // No events any more.
  void Shut() noexcept;
  void OnPoll(int status, int events) override;

 private:
  class Wake : public PollTarget {
   public:
    explicit Wake(XenCore& core) : core_(core) {}
    void OnPoll(int, int) override { core_.RunDue(); }

   private:
    XenCore& core_;
  };

  XenCore() : wake_(*this) {}
  void RunDue();
  void UpdateWatch();

  std::unique_ptr<const XenLibraries> libraries_;
  XenGrantTable* table_ = nullptr;
  XenGrantShare* share_ = nullptr;
  XenEventChannels* events_ = nullptr;
  UniqueFd wake_fd_;
  Wake wake_;
  Poller event_poller_;
  Poller wake_poller_;
  std::unordered_map<uint32_t, PortTarget*> targets_;
  std::unordered_set<PortTarget*> due_;
  // Those of the turn that is being carried out.
  std::unordered_set<PortTarget*> turn_;
};

}  // namespace livery

#endif  // LIVERY_XEN_CORE_H_
