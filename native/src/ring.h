// One vchan of Xen's libvchan over memory that somebody else has mapped: two
// rings of bytes and a page with their indices, shared with a peer that may
// write anything there at any moment. What the peer writes is loaded once for
// each operation, checked, and used from the private copy; our own indices are
// only ever stored. A peer whose indices cannot be true is done for good.
// Knows no grants, no event channels and no JavaScript, and allocates nothing.
//
// States: waiting (a server whose client has not come) -> open -> closed (the
// peer or we ended it; what lies in the ring can still be read) or, from any
// of them, corrupt.
#ifndef LIVERY_RING_H_
#define LIVERY_RING_H_

#include <cstddef>
#include <cstdint>

namespace livery {

constexpr size_t kRingPageBytes = 4096;

// The server is the qube that offers the vchan; "left" carries what the client writes.
enum class RingSide { kServer, kClient };
enum class RingState { kWaiting, kOpen, kClosed, kCorrupt };

// Each ring has 2^order bytes. Those of order 10 and 11 lie in the page of the indices, at the
// offset that is their size; larger ones have pages of their own.
struct RingLayout {
  uint16_t left_order;
  uint16_t right_order;
};

constexpr size_t RingBytes(uint16_t order) { return size_t{1} << order; }
constexpr bool IsInPage(uint16_t order) { return order < 12; }
constexpr size_t RingPages(uint16_t order) { return IsInPage(order) ? 0 : size_t{1} << (order - 12); }

// The layout that a server takes for rings of at least so many bytes; FindFault refuses it when
// they are above 1 MiB.
RingLayout ChooseRingLayout(size_t left_bytes, size_t right_bytes);

// What the server wrote there, to be checked; read once, then never again.
RingLayout ReadRingLayout(const uint8_t* page);

// What is wrong with a layout; nullptr when nothing is.
const char* FindFault(const RingLayout& layout);

// Grant references of the rings' own pages, left ones first: how many, and a copy of them.
size_t RingRefCount(const RingLayout& layout);
void ReadRingRefs(const uint8_t* page, const RingLayout& layout, uint32_t* refs);

// The page of the indices, and the rings' own pages (unused for rings within the page). Aligned
// to 4 bytes at least; stays mapped as long as the Ring is used.
struct RingMemory {
  uint8_t* page;
  uint8_t* left;
  uint8_t* right;
};

// What became of a read or write. `notify`: the peer asked to be told and must get an event now.
struct RingMove {
  size_t bytes;
  bool notify;
};

class Ring {
 public:
  // Both take a layout without fault.
  // The server's side: zeroes the page and writes its header.
  static Ring Serve(const RingMemory& memory, const RingLayout& layout, const uint32_t* refs);
  // The client's side: takes the indices as they are and says that it is there. The server must
  // get an event after it.
  static Ring Attach(const RingMemory& memory, const RingLayout& layout);

  RingState State();

  size_t Readable();
  size_t Writable();
  // The same, after asking the peer for an event when there is more to read, or more room. Who
  // waits must ask first and wait only if the answer is not enough.
  size_t AskReadable();
  size_t AskWritable();

  // Moves what is possible now, at most `size` bytes; no bytes at the end and when it is corrupt.
  RingMove Read(uint8_t* into, size_t size);
  RingMove Write(const uint8_t* from, size_t size);

  // Says to the peer that we are gone; it must get an event after it. Nothing moves any more.
  void Close();

 private:
  // One direction. `own` is the index that we move, `peer` the other one.
  struct Half {
    uint32_t* own_shared;
    const uint32_t* peer_shared;
    uint8_t* data;
    uint32_t size;
    uint32_t own;
    uint32_t peer;
  };

  Ring(RingSide side, const RingMemory& memory, const RingLayout& layout);
  void TakeIndices();
  void Publish(Half& half, uint32_t moved);
  void Ask(uint8_t bit);
  bool TakeNotify(uint8_t bit);
  bool MayMove() const { return !closed_ && !corrupt_; }

  RingSide side_;
  uint8_t* page_;
  Half reading_;
  Half writing_;
  bool seen_ = false;
  bool gone_ = false;
  bool closed_ = false;
  bool corrupt_ = false;
};

}  // namespace livery

#endif  // LIVERY_RING_H_
