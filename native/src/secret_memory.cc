#include "secret_memory.h"

#include <string.h>
#include <sys/mman.h>

#include <cerrno>
#include <utility>

namespace livery {

SecretMemory::SecretMemory(SecretMemory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

SecretMemory& SecretMemory::operator=(SecretMemory&& other) noexcept {
  if (this != &other) {
    Reset();
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

SecretMemory SecretMemory::Allocate(size_t size) {
  SecretMemory memory;
  void* data =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) return memory;
  memory.data_ = static_cast<uint8_t*>(data);
  memory.size_ = size;
  // A child would have a copy that nobody wipes, a core file another.
  const bool kept_here = madvise(data, size, MADV_DONTDUMP) == 0 &&
                         madvise(data, size, MADV_DONTFORK) == 0;
  if (!kept_here) {
    const int error = errno;
    memory.Reset();
    errno = error;
  }
  return memory;
}

bool SecretMemory::Lock() { return mlock(data_, size_) == 0; }

void SecretMemory::Wipe(size_t offset, size_t size) { explicit_bzero(data_ + offset, size); }

void SecretMemory::Reset() {
  if (data_ == nullptr) return;
  // The kernel zeroes pages before somebody else gets them; until then they would keep the secret.
  Wipe(0, size_);
  munmap(data_, size_);
  data_ = nullptr;
  size_ = 0;
}

}  // namespace livery
