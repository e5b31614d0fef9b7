#include "vchan_memory.h"

#include <sys/mman.h>

#include <array>
#include <cerrno>
#include <utility>

namespace livery {
namespace {

// Where in the first page each side's word lies that it is there (io/libxenvchan.h); the
// hypervisor clears it and sends an event when the page goes, however its owner ended.
constexpr uint32_t kClientLive = 20;
constexpr uint32_t kServerLive = 21;
constexpr int kBoth = PROT_READ | PROT_WRITE;
// Both rings of the largest order that FindFault lets through.
constexpr size_t kMaxRefs = 1024;

}  // namespace

std::unique_ptr<VchanMemory> VchanMemory::Connect(std::shared_ptr<XenCore> core, uint32_t domain,
                                                  uint32_t ring_ref, uint32_t event_channel,
                                                  VchanFault& fault) {
  std::unique_ptr<VchanMemory> self(new VchanMemory(std::move(core), RingSide::kClient));
  XenCore& xen = *self->core_;
  self->port_ = xen.BindInterdomain(domain, event_channel);
  if (self->port_ < 0) {
    fault = {-self->port_, "xenevtchn_bind_interdomain", ""};
    return nullptr;
  }
  void* page = xen.Libraries().xengnttab_map_grant_ref_notify(xen.Table(), domain, ring_ref, kBoth,
                                                              kClientLive, self->Port());
  if (page == nullptr) {
    fault = {errno, "xengnttab_map_grant_ref_notify", ""};
    return nullptr;
  }
  self->memory_.page = static_cast<uint8_t*>(page);
  // Read once; a page that changes afterwards changes nothing.
  self->layout_ = ReadRingLayout(self->memory_.page);
  const char* wrong = FindFault(self->layout_);
  if (wrong != nullptr) {
    self->layout_ = {};
    fault = {EPROTO, "xengnttab_map_grant_ref_notify", wrong};
    return nullptr;
  }
  std::array<uint32_t, kMaxRefs> refs{};
  ReadRingRefs(self->memory_.page, self->layout_, refs.data());
  const size_t left = RingPages(self->layout_.left_order);
  const size_t right = RingPages(self->layout_.right_order);
  // What the server writes is only ever read.
  self->memory_.left = self->MapRing(domain, refs.data(), left, kBoth);
  if (left == 0 || self->memory_.left != nullptr) {
    self->memory_.right = self->MapRing(domain, refs.data() + left, right, PROT_READ);
  }
  if ((left > 0 && self->memory_.left == nullptr) ||
      (right > 0 && self->memory_.right == nullptr)) {
    fault = {errno, "xengnttab_map_domain_grant_refs", ""};
    return nullptr;
  }
  if (self->memory_.page[kServerLive] != 1) {
    fault = {ECONNREFUSED, "xengnttab_map_grant_ref_notify", "the server of the vchan is gone"};
    return nullptr;
  }
  self->ring_ = Ring::Attach(self->memory_, self->layout_);
  self->Notify();
  xen.Libraries().xenevtchn_unmask(xen.Events(), self->Port());
  return self;
}

std::unique_ptr<VchanMemory> VchanMemory::Serve(std::shared_ptr<XenCore> core, uint32_t domain,
                                                size_t read_bytes, size_t write_bytes,
                                                VchanFault& fault) {
  std::unique_ptr<VchanMemory> self(new VchanMemory(std::move(core), RingSide::kServer));
  XenCore& xen = *self->core_;
  self->port_ = xen.BindUnbound(domain);
  if (self->port_ < 0) {
    fault = {-self->port_, "xenevtchn_bind_unbound_port", ""};
    return nullptr;
  }
  const RingLayout layout = ChooseRingLayout(read_bytes, write_bytes);
  const char* wrong = FindFault(layout);
  if (wrong != nullptr) {
    fault = {EINVAL, "xengntshr_share_pages", wrong};
    return nullptr;
  }
  void* page = xen.Libraries().xengntshr_share_page_notify(
      xen.Share(), domain, &self->ring_ref_, 1, kServerLive, self->Port());
  if (page == nullptr) {
    fault = {errno, "xengntshr_share_page_notify", ""};
    return nullptr;
  }
  self->memory_.page = static_cast<uint8_t*>(page);
  self->layout_ = layout;
  std::array<uint32_t, kMaxRefs> refs{};
  const size_t left = RingPages(layout.left_order);
  const size_t right = RingPages(layout.right_order);
  self->memory_.left = self->GrantRing(domain, refs.data(), left);
  if (left == 0 || self->memory_.left != nullptr) {
    self->memory_.right = self->GrantRing(domain, refs.data() + left, right);
  }
  if ((left > 0 && self->memory_.left == nullptr) ||
      (right > 0 && self->memory_.right == nullptr)) {
    fault = {errno, "xengntshr_share_pages", ""};
    return nullptr;
  }
  self->ring_ = Ring::Serve(self->memory_, layout, refs.data());
  xen.Libraries().xenevtchn_unmask(xen.Events(), self->Port());
  return self;
}

VchanMemory::~VchanMemory() {
  if (ring_) {
    ring_->Close();
    Notify();
  }
  Release(memory_.left, RingPages(layout_.left_order));
  Release(memory_.right, RingPages(layout_.right_order));
  Release(memory_.page, 1);
  if (port_ >= 0) core_->Unbind(Port());
}

uint8_t* VchanMemory::MapRing(uint32_t domain, uint32_t* refs, size_t count, int protection) {
  if (count == 0) return nullptr;
  return static_cast<uint8_t*>(core_->Libraries().xengnttab_map_domain_grant_refs(
      core_->Table(), static_cast<uint32_t>(count), domain, refs, protection));
}

uint8_t* VchanMemory::GrantRing(uint32_t domain, uint32_t* refs, size_t count) {
  if (count == 0) return nullptr;
  return static_cast<uint8_t*>(core_->Libraries().xengntshr_share_pages(
      core_->Share(), domain, static_cast<int>(count), refs, 1));
}

void VchanMemory::Release(uint8_t* begin, size_t pages) {
  if (begin == nullptr || pages == 0) return;
  const XenLibraries& xen = core_->Libraries();
  if (IsServer()) {
    xen.xengntshr_unshare(core_->Share(), begin, static_cast<uint32_t>(pages));
  } else {
    xen.xengnttab_unmap(core_->Table(), begin, static_cast<uint32_t>(pages));
  }
}

}  // namespace livery
