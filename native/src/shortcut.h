// The damage lane without JavaScript: one fixed message that comes alone becomes
// one fixed request, with the message's rectangle in it and nothing else of the
// message. What the message must be, what bounds its rectangle, what is written
// and how often, stands in a slot that JavaScript has filled and empties; every
// byte that is not exactly so is left to JavaScript. Nothing is kept but the slot.
//
// A slot is an Int32Array of JavaScript's (src/native/shortcut.ts has the names).
// A gate is that of a connection that JavaScript writes to as well.
#ifndef LIVERY_SHORTCUT_H_
#define LIVERY_SHORTCUT_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace livery {

// Words of a gate.
enum Gate : size_t {
  // Bytes that JavaScript has still to write; nothing may overtake them.
  kGateUsed = 0,
  // Whose requests JavaScript has written last.
  kGateOwner = 1,
  // Number of JavaScript's last request, its low 32 bits.
  kGateSequence = 2,
  // Requests of shortcuts since JavaScript looked.
  kGateAdded = 3,
  kGateWords = 4,
};

// A slot's words that both kinds have.
enum Slot : size_t {
  // How many messages may still be taken; 0 = none.
  kCredit = 0,
  // Messages that were taken since JavaScript looked.
  kTaken = 1,
  kOwner = 2,
  kWidth = 3,
  kHeight = 4,
};

// dom0: SHMIMAGE becomes ShmPutImage.
enum PutSlot : size_t {
  // Bytes that may still be under way, and what was asked for since JavaScript looked: as the
  // server's work, and as pixels.
  kPutRoom = 5,
  kPutFlown = 6,
  kPutBytes = 7,
  // The least that one put counts as.
  kPutLeast = 8,
  kPutType = 9,
  kPutWindow = 10,
  kPutRequest = 11,
  kPutWords = 21,
};

// The qube: DamageNotify becomes Subtract, CopyArea and GetInputFocus; its reply SHMIMAGE.
enum CopySlot : size_t {
  // The sequence number whose reply is waited for plus one; 0 = none is.
  kCopyFence = 5,
  kCopyRect = 6,
  kCopyEvent = 10,
  kCopyDamage = 11,
  kCopyDrawable = 12,
  kCopyRequests = 13,
  kCopyType = 25,
  kCopyWindow = 26,
  kCopyWords = 27,
};

constexpr size_t kShmImageBytes = 28;
constexpr size_t kPutImageBytes = 40;
constexpr size_t kPacketBytes = 32;
constexpr size_t kCopyBytes = 48;

// SHMIMAGE of the slot's window inside its bounds: fills `request` and counts it.
bool TakePut(const uint8_t* message, size_t size, int32_t* slot, int32_t* gate,
             std::array<uint8_t, kPutImageBytes>& request);

// DamageNotify of the slot's damage: fills `requests` and counts them.
bool TakeDamage(const uint8_t* packet, size_t size, int32_t* slot, int32_t* gate,
                std::array<uint8_t, kCopyBytes>& requests);

// The reply that says that the copy is made: fills `message`.
bool TakeCopied(const uint8_t* packet, size_t size, int32_t* slot, const int32_t* to,
                std::array<uint8_t, kShmImageBytes>& message);

}  // namespace livery

#endif  // LIVERY_SHORTCUT_H_
