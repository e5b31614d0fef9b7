// Whatever comes and whatever the slot says: what a shortcut writes names the slot's
// drawables, its rectangle lies in the slot's bounds and is the message's, and nothing
// is taken that the credit, the room or the gate do not allow.
#include "../src/shortcut.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "input.h"

namespace {

using livery::kCopyBytes;
using livery::kPutImageBytes;
using livery::kShmImageBytes;

// Mostly small numbers, of which pairs meet, now and then anything.
int32_t Number(Input& input) {
  const auto kind = input.Take<uint8_t>();
  if (kind % 8 == 0) return input.Take<int32_t>();
  return input.Take<uint8_t>() % 8;
}

template <size_t N>
std::array<int32_t, N> Numbers(Input& input) {
  std::array<int32_t, N> numbers{};
  for (int32_t& number : numbers) number = Number(input);
  return numbers;
}

int32_t Half(const uint8_t* from) {
  uint16_t half = 0;
  std::memcpy(&half, from, sizeof(half));
  return half;
}

int32_t Word(const uint8_t* from) {
  int32_t word = 0;
  std::memcpy(&word, from, sizeof(word));
  return word;
}

// A message of numbers that may be the slot's, in a buffer of exactly its size.
std::vector<uint8_t> Message(Input& input, size_t usual) {
  const size_t size = input.Take<uint8_t>() % 8 == 0 ? input.Below(70) : usual;
  std::vector<uint8_t> bytes(size);
  for (size_t at = 0; at + 4 <= size; at += 4) {
    const int32_t number = Number(input);
    std::memcpy(bytes.data() + at, &number, sizeof(number));
  }
  return bytes;
}

void Inside(int32_t x, int32_t y, int32_t width, int32_t height, const int32_t* slot) {
  REQUIRE(width > 0 && height > 0);
  REQUIRE(x >= 0 && int64_t{x} + width <= slot[livery::kWidth]);
  REQUIRE(y >= 0 && int64_t{y} + height <= slot[livery::kHeight]);
}

void Put(Input& input) {
  auto slot = Numbers<livery::kPutWords>(input);
  auto gate = Numbers<livery::kGateWords>(input);
  // What JavaScript never sets.
  slot[livery::kPutFlown] = 0;
  slot[livery::kPutBytes] = 0;
  slot[livery::kPutLeast] &= 0xfffff;
  slot[livery::kPutRoom] = std::min(slot[livery::kPutRoom], 1 << 27);
  gate[livery::kGateAdded] &= 0xffff;
  slot[livery::kTaken] &= 0xffff;
  auto message = Message(input, kShmImageBytes);
  if (message.size() >= 12 && input.Take<uint8_t>() % 4 != 0) {
    const std::array<int32_t, 3> header{slot[livery::kPutType], slot[livery::kPutWindow], 16};
    std::memcpy(message.data(), header.data(), sizeof(header));
  }
  const auto before = slot;
  const auto gate_before = gate;
  std::array<uint8_t, kPutImageBytes> request{};
  if (!livery::TakePut(message.data(), message.size(), slot.data(), gate.data(), request)) {
    REQUIRE(slot == before && gate == gate_before);
    return;
  }
  REQUIRE(message.size() == kShmImageBytes);
  REQUIRE(before[livery::kCredit] > 0 && slot[livery::kCredit] == before[livery::kCredit] - 1);
  REQUIRE(before[livery::kPutRoom] > 0 && gate_before[livery::kGateUsed] == 0);
  REQUIRE(gate_before[livery::kGateOwner] == before[livery::kOwner]);
  const int32_t x = Half(request.data() + 16);
  const int32_t y = Half(request.data() + 18);
  const int32_t width = Half(request.data() + 20);
  const int32_t height = Half(request.data() + 22);
  Inside(x, y, width, height, before.data());
  REQUIRE(x == Half(request.data() + 24) && y == Half(request.data() + 26));
  REQUIRE(x == Word(message.data() + 12) && y == Word(message.data() + 16));
  REQUIRE(width == Word(message.data() + 20) && height == Word(message.data() + 24));
  // Opcode, drawable, GC and the image's size; depth, segment and offset.
  const auto* words = reinterpret_cast<const uint8_t*>(before.data() + livery::kPutRequest);
  REQUIRE(std::memcmp(request.data(), words, 16) == 0);
  REQUIRE(std::memcmp(request.data() + 28, words + 28, 12) == 0);
}

void Copy(Input& input) {
  auto slot = Numbers<livery::kCopyWords>(input);
  auto gate = Numbers<livery::kGateWords>(input);
  gate[livery::kGateAdded] &= 0xffff;
  slot[livery::kTaken] &= 0xffff;
  auto packet = Message(input, livery::kPacketBytes);
  if (packet.size() >= 12 && input.Take<uint8_t>() % 4 != 0) {
    packet[0] = static_cast<uint8_t>(slot[livery::kCopyEvent]);
    std::memcpy(packet.data() + 4, &slot[livery::kCopyDrawable], 4);
    std::memcpy(packet.data() + 8, &slot[livery::kCopyDamage], 4);
  }
  const auto before = slot;
  std::array<uint8_t, kCopyBytes> requests{};
  if (livery::TakeDamage(packet.data(), packet.size(), slot.data(), gate.data(), requests)) {
    REQUIRE(before[livery::kCopyFence] == 0 && before[livery::kCredit] > 0);
    const uint8_t* copy = requests.data() + 16;
    Inside(Half(copy + 16), Half(copy + 18), Half(copy + 24), Half(copy + 26), before.data());
    REQUIRE(Half(copy + 16) == Half(copy + 20) && Half(copy + 18) == Half(copy + 22));
    REQUIRE(slot[livery::kCopyFence] > 0 && slot[livery::kCopyFence] <= 0x10000);
  } else {
    REQUIRE(slot == before);
  }
  auto reply = Message(input, livery::kPacketBytes);
  if (reply.size() >= 8 && input.Take<uint8_t>() % 4 != 0) {
    const auto fence = static_cast<uint16_t>(slot[livery::kCopyFence] - 1);
    reply[0] = 1;
    std::memcpy(reply.data() + 2, &fence, sizeof(fence));
    std::memset(reply.data() + 4, 0, 4);
  }
  const auto waiting = slot;
  const auto to = Numbers<livery::kGateWords>(input);
  std::array<uint8_t, kShmImageBytes> message{};
  if (!livery::TakeCopied(reply.data(), reply.size(), slot.data(), to.data(), message)) {
    REQUIRE(slot == waiting);
    return;
  }
  REQUIRE(waiting[livery::kCopyFence] != 0 && slot[livery::kCopyFence] == 0);
  REQUIRE(to[livery::kGateUsed] == 0);
  REQUIRE(Word(message.data()) == slot[livery::kCopyType] && Word(message.data() + 8) == 16);
  REQUIRE(Word(message.data() + 4) == slot[livery::kCopyWindow]);
  REQUIRE(std::memcmp(message.data() + 12, slot.data() + livery::kCopyRect, 16) == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input input(data, size);
  while (!input.IsOver()) {
    if (input.Take<uint8_t>() % 2 == 0) Put(input);
    else Copy(input);
  }
  return 0;
}
