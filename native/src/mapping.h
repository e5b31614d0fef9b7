// The only owner of mapped memory in the addon. It maps memory that this
// process made and sealed itself, never a file that somebody else can shorten.
#ifndef LIVERY_MAPPING_H_
#define LIVERY_MAPPING_H_

#include <cstddef>
#include <cstdint>

namespace livery {

class Mapping {
 public:
  Mapping() = default;
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() { Reset(); }

  // Maps all `size` bytes of `fd` shared, for reading and writing. Not mapped on failure (errno).
  static Mapping Shared(int fd, size_t size);

  bool IsMapped() const { return data_ != nullptr; }
  uint8_t* Data() const { return data_; }
  size_t Size() const { return size_; }
  void Reset();

 private:
  uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace livery

#endif  // LIVERY_MAPPING_H_
