// The ring against a peer that writes what the input says, whenever it says:
// what comes back is what lies in the ring, nothing else is touched, and our
// own indices are nobody's but ours.
#include "../src/ring.h"

#include <cstring>
#include <memory>
#include <vector>

#include "input.h"

namespace {

using livery::Ring;
using livery::RingMemory;
using livery::RingMove;
using livery::RingState;

struct Memory {
  explicit Memory(const livery::RingLayout& layout)
      : left(livery::IsInPage(layout.left_order) ? 0 : livery::RingBytes(layout.left_order)),
        right(livery::IsInPage(layout.right_order) ? 0 : livery::RingBytes(layout.right_order)) {}

  std::unique_ptr<uint32_t[]> page{new uint32_t[livery::kRingPageBytes / 4]()};
  std::vector<uint8_t> left;
  std::vector<uint8_t> right;

  uint8_t* Page() { return reinterpret_cast<uint8_t*>(page.get()); }
  RingMemory Get() { return RingMemory{Page(), left.data(), right.data()}; }
};

// One direction as the test sees it: its bytes and where our own index stands.
struct Way {
  uint8_t* data;
  size_t size;
  uint32_t own;
  size_t own_word;
};

// A header of the peer's choice is taken or refused, never followed out of its page.
void TryHeader(Input& input) {
  std::unique_ptr<uint32_t[]> page(new uint32_t[livery::kRingPageBytes / 4]());
  auto* bytes = reinterpret_cast<uint8_t*>(page.get());
  for (size_t i = 0; i < 64 && !input.IsOver(); ++i) bytes[i] = input.Take<uint8_t>();
  const livery::RingLayout layout = livery::ReadRingLayout(bytes);
  if (livery::FindFault(layout) != nullptr) return;
  std::vector<uint32_t> refs(livery::RingRefCount(layout));
  livery::ReadRingRefs(bytes, layout, refs.data());
  Memory memory(layout);
  std::memcpy(memory.Page(), bytes, livery::kRingPageBytes);
  Ring ring = Ring::Attach(memory.Get(), layout);
  const size_t readable = ring.Readable();
  const size_t writable = ring.Writable();
  REQUIRE(readable <= livery::RingBytes(layout.right_order));
  REQUIRE(writable <= livery::RingBytes(layout.left_order));
  std::vector<uint8_t> into(readable);
  REQUIRE(ring.Read(into.data(), into.size()).bytes == readable);
}

void CheckRead(Ring& ring, Way& way, uint32_t* page, size_t size) {
  std::unique_ptr<uint8_t[]> into(new uint8_t[size]);
  const RingMove move = ring.Read(into.get(), size);
  REQUIRE(move.bytes <= std::min(size, way.size));
  for (size_t i = 0; i < move.bytes; ++i) {
    REQUIRE(into[i] == way.data[(way.own + i) & (way.size - 1)]);
  }
  way.own += static_cast<uint32_t>(move.bytes);
  if (move.bytes > 0) REQUIRE(page[way.own_word] == way.own);
}

void CheckWrite(Ring& ring, Way& way, uint32_t* page, size_t size, uint8_t first) {
  std::unique_ptr<uint8_t[]> from(new uint8_t[size]);
  for (size_t i = 0; i < size; ++i) from[i] = static_cast<uint8_t>(first + i);
  std::vector<uint8_t> expected(way.data, way.data + way.size);
  const RingMove move = ring.Write(from.get(), size);
  REQUIRE(move.bytes <= std::min(size, way.size));
  for (size_t i = 0; i < move.bytes; ++i) expected[(way.own + i) & (way.size - 1)] = from[i];
  REQUIRE(std::memcmp(expected.data(), way.data, way.size) == 0);
  way.own += static_cast<uint32_t>(move.bytes);
  if (move.bytes > 0) REQUIRE(page[way.own_word] == way.own);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input input(data, size);
  const uint8_t kind = input.Take<uint8_t>();
  if ((kind & 1) != 0) {
    TryHeader(input);
    return 0;
  }
  const bool server = (kind & 2) != 0;
  const livery::RingLayout layouts[] = {{10, 11}, {11, 10}, {11, 12}, {12, 12}, {13, 11}};
  const livery::RingLayout layout = layouts[(kind >> 2) % std::size(layouts)];
  REQUIRE(livery::FindFault(layout) == nullptr);
  Memory memory(layout);
  uint32_t* page = memory.page.get();
  const std::vector<uint32_t> refs(livery::RingRefCount(layout), 7);
  Ring ring = Ring::Serve(memory.Get(), layout, refs.data());
  const uint32_t start = input.Take<uint32_t>();
  if (!server) {
    for (size_t word = 0; word < 4; ++word) page[word] = start;
    ring = Ring::Attach(memory.Get(), layout);
  }
  const auto way = [&](uint16_t order, std::vector<uint8_t>& own, size_t word) {
    uint8_t* bytes = livery::IsInPage(order) ? memory.Page() + livery::RingBytes(order) : own.data();
    return Way{bytes, livery::RingBytes(order), page[word], word};
  };
  Way left = way(layout.left_order, memory.left, server ? 0 : 1);
  Way right = way(layout.right_order, memory.right, server ? 3 : 2);
  Way& reading = server ? left : right;
  Way& writing = server ? right : left;
  uint32_t* peer_wrote = page + (server ? 1 : 3);
  uint32_t* peer_read = page + (server ? 2 : 0);
  while (!input.IsOver()) {
    const bool was_over = ring.State() == RingState::kCorrupt;
    switch (input.Take<uint8_t>() % 12) {
      case 0:
        CheckRead(ring, reading, page, input.Below(9000));
        break;
      case 1:
        CheckWrite(ring, writing, page, input.Below(9000), input.Take<uint8_t>());
        break;
      // The peer as it should be.
      case 2:
        *peer_wrote += input.Below(300);
        break;
      case 3:
        *peer_read += input.Below(300);
        break;
      case 4:
        *peer_read = writing.own;
        break;
      // And as it should not be.
      case 5:
        *peer_wrote = input.Take<uint32_t>();
        break;
      case 6:
        *peer_read = input.Take<uint32_t>();
        break;
      case 7:
        memory.Page()[input.Below(23)] = input.Take<uint8_t>();
        break;
      case 8:
        page[reading.own_word] = input.Take<uint32_t>();
        page[writing.own_word] = input.Take<uint32_t>();
        break;
      case 9:
        REQUIRE(ring.AskReadable() <= reading.size);
        REQUIRE(ring.AskWritable() <= writing.size);
        break;
      case 10:
        reading.data[input.Below(reading.size - 1)] = input.Take<uint8_t>();
        break;
      case 11:
        if (input.Below(20) == 0) ring.Close();
        break;
    }
    if (was_over) REQUIRE(ring.State() == RingState::kCorrupt);
  }
  return 0;
}
