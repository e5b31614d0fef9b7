// The only owner of a vchan's pages and of its event channel: mapped from the
// server's domain, or granted to the client's. Gone means unmapped, and the
// other side told.
#ifndef LIVERY_VCHAN_MEMORY_H_
#define LIVERY_VCHAN_MEMORY_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "environment.h"
#include "ring.h"
#include "xen_core.h"

namespace livery {

// Why there is no vchan: an errno value, what failed, and words where the errno alone says little.
struct VchanFault {
  int error;
  const char* action;
  std::string words;
};

class VchanMemory : public Parts {
 public:
  // Both return nullptr with the reason in `fault`.
  static std::unique_ptr<VchanMemory> Connect(std::shared_ptr<XenCore> core, uint32_t domain,
                                              uint32_t ring_ref, uint32_t event_channel,
                                              VchanFault& fault);
  static std::unique_ptr<VchanMemory> Serve(std::shared_ptr<XenCore> core, uint32_t domain,
                                            size_t read_bytes, size_t write_bytes,
                                            VchanFault& fault);
  VchanMemory(const VchanMemory&) = delete;
  VchanMemory& operator=(const VchanMemory&) = delete;
  ~VchanMemory() override;

  XenCore& Core() const { return *core_; }
  Ring& Data() { return *ring_; }
  uint32_t Port() const { return static_cast<uint32_t>(port_); }
  // Of a server: the reference of its first page.
  uint32_t RingRef() const { return ring_ref_; }
  bool IsServer() const { return side_ == RingSide::kServer; }
  void Notify() { core_->Notify(Port()); }

 private:
  VchanMemory(std::shared_ptr<XenCore> core, RingSide side)
      : core_(std::move(core)), side_(side) {}
  uint8_t* MapRing(uint32_t domain, uint32_t* refs, size_t count, int protection);
  uint8_t* GrantRing(uint32_t domain, uint32_t* refs, size_t count);
  void Release(uint8_t* begin, size_t pages);

  std::shared_ptr<XenCore> core_;
  RingSide side_;
  int port_ = -1;
  uint32_t ring_ref_ = 0;
  RingLayout layout_{};
  RingMemory memory_{nullptr, nullptr, nullptr};
  std::optional<Ring> ring_;
};

}  // namespace livery

#endif  // LIVERY_VCHAN_MEMORY_H_
