#include "ring.h"

#include <algorithm>
#include <cstring>

namespace livery {
namespace {

constexpr uint16_t kMinOrder = 10;
constexpr uint16_t kPageOrder = 12;
constexpr uint16_t kMaxOrder = 20;

// Where the page has what.
constexpr size_t kLeftRead = 0;
constexpr size_t kLeftWritten = 4;
constexpr size_t kRightRead = 8;
constexpr size_t kRightWritten = 12;
constexpr size_t kLeftOrder = 16;
constexpr size_t kRightOrder = 18;
constexpr size_t kClientLive = 20;
constexpr size_t kServerLive = 21;
constexpr size_t kClientNotify = 22;
constexpr size_t kServerNotify = 23;
constexpr size_t kRefs = 24;

constexpr uint8_t kGone = 0;
constexpr uint8_t kHere = 1;
constexpr uint8_t kExpected = 2;

// Bits of the notify bytes: who set one wants an event when the other side has done it.
constexpr uint8_t kOnWrite = 1;
constexpr uint8_t kOnRead = 2;

uint32_t* Word(uint8_t* page, size_t offset) {
  return reinterpret_cast<uint32_t*>(page + offset);
}

// Everything below the mapping may change between two loads, so there is one, and the compiler
// can make no second of it.
template <typename T>
T LoadOnce(const T* from) {
  return __atomic_load_n(from, __ATOMIC_ACQUIRE);
}

template <typename T>
T LoadOnce(const uint8_t* page, size_t offset) {
  return LoadOnce(reinterpret_cast<const T*>(page + offset));
}

void FullBarrier() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

uint16_t OrderFor(size_t bytes) {
  uint16_t order = kPageOrder;
  while (order <= kMaxOrder && RingBytes(order) < bytes) ++order;
  return order;
}

uint8_t* Data(uint8_t* page, uint8_t* own_pages, uint16_t order) {
  return IsInPage(order) ? page + RingBytes(order) : own_pages;
}

}  // namespace

RingLayout ChooseRingLayout(size_t left_bytes, size_t right_bytes) {
  constexpr size_t small = RingBytes(kMinOrder);
  constexpr size_t large = RingBytes(kMinOrder + 1);
  if (left_bytes <= small && right_bytes <= large) return {kMinOrder, kMinOrder + 1};
  if (left_bytes <= large && right_bytes <= small) return {kMinOrder + 1, kMinOrder};
  if (left_bytes <= large) return {kMinOrder + 1, OrderFor(right_bytes)};
  if (right_bytes <= large) return {OrderFor(left_bytes), kMinOrder + 1};
  return {OrderFor(left_bytes), OrderFor(right_bytes)};
}

RingLayout ReadRingLayout(const uint8_t* page) {
  return {LoadOnce<uint16_t>(page, kLeftOrder), LoadOnce<uint16_t>(page, kRightOrder)};
}

const char* FindFault(const RingLayout& layout) {
  const uint16_t left = layout.left_order;
  const uint16_t right = layout.right_order;
  if (std::min(left, right) < kMinOrder || std::max(left, right) > kMaxOrder) {
    return "the order of a ring is not between 10 and 20";
  }
  if (left == right && IsInPage(left)) return "both rings would lie at the same place";
  const size_t refs_end = kRefs + sizeof(uint32_t) * RingRefCount(layout);
  const uint16_t least = std::min(left, right);
  const size_t refs_limit = IsInPage(least) ? RingBytes(least) : kRingPageBytes;
  if (refs_end > refs_limit) return "the references run into a ring";
  return nullptr;
}

size_t RingRefCount(const RingLayout& layout) {
  return RingPages(layout.left_order) + RingPages(layout.right_order);
}

void ReadRingRefs(const uint8_t* page, const RingLayout& layout, uint32_t* refs) {
  const size_t count = RingRefCount(layout);
  for (size_t i = 0; i < count; ++i) {
    refs[i] = LoadOnce<uint32_t>(page, kRefs + sizeof(uint32_t) * i);
  }
}

Ring::Ring(RingSide side, const RingMemory& memory, const RingLayout& layout)
    : side_(side), page_(memory.page) {
  const Half left{nullptr,
                  nullptr,
                  Data(memory.page, memory.left, layout.left_order),
                  static_cast<uint32_t>(RingBytes(layout.left_order)),
                  0,
                  0};
  const Half right{nullptr,
                   nullptr,
                   Data(memory.page, memory.right, layout.right_order),
                   static_cast<uint32_t>(RingBytes(layout.right_order)),
                   0,
                   0};
  const bool server = side == RingSide::kServer;
  reading_ = server ? left : right;
  writing_ = server ? right : left;
  reading_.own_shared = Word(page_, server ? kLeftRead : kRightRead);
  reading_.peer_shared = Word(page_, server ? kLeftWritten : kRightWritten);
  writing_.own_shared = Word(page_, server ? kRightWritten : kLeftWritten);
  writing_.peer_shared = Word(page_, server ? kRightRead : kLeftRead);
}

Ring Ring::Serve(const RingMemory& memory, const RingLayout& layout, const uint32_t* refs) {
  Ring ring(RingSide::kServer, memory, layout);
  uint8_t* page = memory.page;
  std::memset(page, 0, kRingPageBytes);
  std::memcpy(page + kLeftOrder, &layout.left_order, sizeof(layout.left_order));
  std::memcpy(page + kRightOrder, &layout.right_order, sizeof(layout.right_order));
  const size_t refs_bytes = sizeof(uint32_t) * RingRefCount(layout);
  if (refs_bytes > 0) std::memcpy(page + kRefs, refs, refs_bytes);
  page[kClientLive] = kExpected;
  page[kClientNotify] = kOnWrite;
  __atomic_store_n(page + kServerLive, kHere, __ATOMIC_RELEASE);
  return ring;
}

Ring Ring::Attach(const RingMemory& memory, const RingLayout& layout) {
  Ring ring(RingSide::kClient, memory, layout);
  ring.TakeIndices();
  __atomic_store_n(memory.page + kClientLive, kHere, __ATOMIC_RELEASE);
  ring.Ask(kOnWrite);
  return ring;
}

// The only time that an index of ours is loaded: whoever had our place before left it.
void Ring::TakeIndices() {
  for (Half* half : {&reading_, &writing_}) {
    half->own = LoadOnce(half->own_shared);
    half->peer = LoadOnce(half->peer_shared);
  }
  corrupt_ = reading_.peer - reading_.own > reading_.size ||
             writing_.own - writing_.peer > writing_.size;
}

RingState Ring::State() {
  if (corrupt_) return RingState::kCorrupt;
  if (closed_ || gone_) return RingState::kClosed;
  const bool server = side_ == RingSide::kServer;
  const uint8_t live = LoadOnce<uint8_t>(page_, server ? kClientLive : kServerLive);
  if (live == kHere) {
    seen_ = true;
    return RingState::kOpen;
  }
  if (server && live == kExpected && !seen_) return RingState::kWaiting;
  // Whatever it becomes afterwards: who was gone does not come back to the same ring.
  gone_ = true;
  return RingState::kClosed;
}

size_t Ring::Readable() {
  if (!MayMove()) return 0;
  const uint32_t before = reading_.peer - reading_.own;
  reading_.peer = LoadOnce(reading_.peer_shared);
  const uint32_t now = reading_.peer - reading_.own;
  // What was written cannot become unwritten, nor more than fits.
  corrupt_ = now > reading_.size || now < before;
  return corrupt_ ? 0 : now;
}

size_t Ring::Writable() {
  if (!MayMove()) return 0;
  const uint32_t before = writing_.own - writing_.peer;
  writing_.peer = LoadOnce(writing_.peer_shared);
  const uint32_t now = writing_.own - writing_.peer;
  // What was read cannot become unread, nor more than was written.
  corrupt_ = now > before;
  return corrupt_ || gone_ ? 0 : writing_.size - now;
}

size_t Ring::AskReadable() {
  Ask(kOnWrite);
  return Readable();
}

size_t Ring::AskWritable() {
  Ask(kOnRead);
  return Writable();
}

RingMove Ring::Read(uint8_t* into, size_t size) {
  const size_t count = std::min(size, Readable());
  if (count == 0) return {0, false};
  const uint32_t begin = reading_.own & (reading_.size - 1);
  const size_t first = std::min<size_t>(count, reading_.size - begin);
  std::memcpy(into, reading_.data + begin, first);
  std::memcpy(into + first, reading_.data, count - first);
  Publish(reading_, static_cast<uint32_t>(count));
  return {count, TakeNotify(kOnRead)};
}

RingMove Ring::Write(const uint8_t* from, size_t size) {
  const size_t count = std::min(size, Writable());
  if (count == 0) return {0, false};
  const uint32_t begin = writing_.own & (writing_.size - 1);
  const size_t first = std::min<size_t>(count, writing_.size - begin);
  FullBarrier();
  std::memcpy(writing_.data + begin, from, first);
  std::memcpy(writing_.data, from + first, count - first);
  Publish(writing_, static_cast<uint32_t>(count));
  return {count, TakeNotify(kOnWrite)};
}

// After the copy, before the question whether the peer waits: it must not see the index without
// the bytes, and must not fall asleep between the two.
void Ring::Publish(Half& half, uint32_t moved) {
  half.own += moved;
  FullBarrier();
  __atomic_store_n(half.own_shared, half.own, __ATOMIC_RELEASE);
  FullBarrier();
}

void Ring::Ask(uint8_t bit) {
  if (!MayMove()) return;
  const bool server = side_ == RingSide::kServer;
  __atomic_fetch_or(page_ + (server ? kClientNotify : kServerNotify), bit, __ATOMIC_SEQ_CST);
  FullBarrier();
}

bool Ring::TakeNotify(uint8_t bit) {
  const bool server = side_ == RingSide::kServer;
  uint8_t* own = page_ + (server ? kServerNotify : kClientNotify);
  const uint8_t before =
      __atomic_fetch_and(own, static_cast<uint8_t>(~bit), __ATOMIC_SEQ_CST);
  return (before & bit) != 0;
}

void Ring::Close() {
  const bool server = side_ == RingSide::kServer;
  closed_ = true;
  __atomic_store_n(page_ + (server ? kServerLive : kClientLive), kGone, __ATOMIC_RELEASE);
}

}  // namespace livery
