// The only owner of memory that secrets lie in: pages of their own, left out of
// core dumps and of children, overwritten before they are given back.
#ifndef LIVERY_SECRET_MEMORY_H_
#define LIVERY_SECRET_MEMORY_H_

#include <cstddef>
#include <cstdint>

namespace livery {

class SecretMemory {
 public:
  SecretMemory() = default;
  SecretMemory(SecretMemory&& other) noexcept;
  SecretMemory& operator=(SecretMemory&& other) noexcept;
  SecretMemory(const SecretMemory&) = delete;
  SecretMemory& operator=(const SecretMemory&) = delete;
  ~SecretMemory() { Reset(); }

  // `size` bytes of zeros, at least one. Not mapped on failure (errno).
  static SecretMemory Allocate(size_t size);

  // Keeps the pages out of swap until they are given back. False on failure (errno): ENOMEM, EPERM
  // or EAGAIN when RLIMIT_MEMLOCK does not allow so much.
  bool Lock();

  bool IsMapped() const { return data_ != nullptr; }
  uint8_t* Data() const { return data_; }
  size_t Size() const { return size_; }
  // Overwrites `size` bytes at `offset`; both inside.
  void Wipe(size_t offset, size_t size);
  void Reset();

 private:
  uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace livery

#endif  // LIVERY_SECRET_MEMORY_H_
