#include "shortcut.h"

#include <algorithm>
#include <cstring>

namespace livery {
namespace {

// The wire and the X connections are little endian, as is every machine that this runs on.
int32_t Word(const uint8_t* from) {
  int32_t word = 0;
  std::memcpy(&word, from, sizeof(word));
  return word;
}

int16_t Half(const uint8_t* from) {
  int16_t half = 0;
  std::memcpy(&half, from, sizeof(half));
  return half;
}

void PutHalf(uint8_t* to, int32_t value) {
  const auto half = static_cast<uint16_t>(value);
  std::memcpy(to, &half, sizeof(half));
}

// Widths and heights are at most what 16 bits without a sign hold, so sums cannot overflow.
constexpr int32_t kMostSide = 0x7fff;

bool IsOpen(const int32_t* slot, const int32_t* gate) {
  return slot[kCredit] > 0 && gate[kGateUsed] == 0 && gate[kGateOwner] == slot[kOwner] &&
         slot[kWidth] <= kMostSide && slot[kHeight] <= kMostSide;
}

}  // namespace

bool TakePut(const uint8_t* message, size_t size, int32_t* slot, int32_t* gate,
             std::array<uint8_t, kPutImageBytes>& request) {
  if (size != kShmImageBytes || !IsOpen(slot, gate)) return false;
  if (Word(message) != slot[kPutType] || Word(message + 4) != slot[kPutWindow]) return false;
  if (Word(message + 8) != static_cast<int32_t>(kShmImageBytes) - 12) return false;
  const int32_t x = Word(message + 12);
  const int32_t y = Word(message + 16);
  const int32_t width = Word(message + 20);
  const int32_t height = Word(message + 24);
  if (x < 0 || y < 0 || width <= 0 || height <= 0) return false;
  if (width > slot[kWidth] || x > slot[kWidth] - width) return false;
  if (height > slot[kHeight] || y > slot[kHeight] - height) return false;
  if (slot[kPutRoom] <= 0) return false;
  std::memcpy(request.data(), slot + kPutRequest, kPutImageBytes);
  // From the same place in the image as to in the window.
  PutHalf(request.data() + 16, x);
  PutHalf(request.data() + 18, y);
  PutHalf(request.data() + 20, width);
  PutHalf(request.data() + 22, height);
  PutHalf(request.data() + 24, x);
  PutHalf(request.data() + 26, y);
  // Sides of 15 bits: at most 2^32 - 4 bytes, and no image is so large; but be sure.
  const int64_t bytes = int64_t{4} * width * height;
  const auto counted = static_cast<int32_t>(std::min<int64_t>(bytes, INT32_MAX / 2));
  slot[kPutBytes] += counted;
  const int32_t flown = std::max(counted, slot[kPutLeast]);
  slot[kPutFlown] += flown;
  slot[kPutRoom] -= flown;
  slot[kCredit]--;
  slot[kTaken]++;
  gate[kGateAdded]++;
  return true;
}

bool TakeDamage(const uint8_t* packet, size_t size, int32_t* slot, int32_t* gate,
                std::array<uint8_t, kCopyBytes>& requests) {
  if (size != kPacketBytes || !IsOpen(slot, gate) || slot[kCopyFence] != 0) return false;
  if (packet[0] != slot[kCopyEvent] || Word(packet + 4) != slot[kCopyDrawable]) return false;
  if (Word(packet + 8) != slot[kCopyDamage]) return false;
  const int32_t left = std::max<int32_t>(0, Half(packet + 16));
  const int32_t top = std::max<int32_t>(0, Half(packet + 18));
  const int32_t right = std::min(
      slot[kWidth], Half(packet + 16) + static_cast<int32_t>(static_cast<uint16_t>(Half(packet + 20))));
  const int32_t bottom = std::min(
      slot[kHeight], Half(packet + 18) + static_cast<int32_t>(static_cast<uint16_t>(Half(packet + 22))));
  if (right <= left || bottom <= top) return false;
  std::memcpy(requests.data(), slot + kCopyRequests, kCopyBytes);
  uint8_t* copy = requests.data() + 16;
  PutHalf(copy + 16, left);
  PutHalf(copy + 18, top);
  PutHalf(copy + 20, left);
  PutHalf(copy + 22, top);
  PutHalf(copy + 24, right - left);
  PutHalf(copy + 26, bottom - top);
  slot[kCopyRect] = left;
  slot[kCopyRect + 1] = top;
  slot[kCopyRect + 2] = right - left;
  slot[kCopyRect + 3] = bottom - top;
  gate[kGateAdded] += 3;
  const uint32_t last =
      static_cast<uint32_t>(gate[kGateSequence]) + static_cast<uint32_t>(gate[kGateAdded]);
  slot[kCopyFence] = static_cast<int32_t>(last & 0xffff) + 1;
  slot[kCredit]--;
  slot[kTaken]++;
  return true;
}

bool TakeCopied(const uint8_t* packet, size_t size, int32_t* slot, const int32_t* to,
                std::array<uint8_t, kShmImageBytes>& message) {
  if (size != kPacketBytes || slot[kCopyFence] == 0 || to[kGateUsed] != 0) return false;
  if (packet[0] != 1 || Word(packet + 4) != 0) return false;
  if (static_cast<uint16_t>(Half(packet + 2)) != slot[kCopyFence] - 1) return false;
  const std::array<int32_t, 3> header{slot[kCopyType], slot[kCopyWindow],
                                      static_cast<int32_t>(kShmImageBytes) - 12};
  std::memcpy(message.data(), header.data(), sizeof(header));
  std::memcpy(message.data() + sizeof(header), slot + kCopyRect, 4 * sizeof(int32_t));
  slot[kCopyFence] = 0;
  return true;
}

}  // namespace livery
