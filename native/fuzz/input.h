// The bytes of one fuzzing run, taken one after the other; zeros when they end.
#ifndef LIVERY_FUZZ_INPUT_H_
#define LIVERY_FUZZ_INPUT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

// What must hold whatever the input is.
#define REQUIRE(condition)                                                         \
  do {                                                                             \
    if (!(condition)) {                                                            \
      std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                \
    }                                                                              \
  } while (false)

class Input {
 public:
  Input(const uint8_t* data, size_t size) : data_(data), left_(size) {}

  bool IsOver() const { return left_ == 0; }

  template <typename T>
  T Take() {
    T value{};
    auto* bytes = reinterpret_cast<uint8_t*>(&value);
    const size_t count = std::min(left_, sizeof(T));
    std::copy(data_, data_ + count, bytes);
    data_ += count;
    left_ -= count;
    return value;
  }

  // From 0 to `max`.
  size_t Below(size_t max) { return Take<uint16_t>() % (max + 1); }

 private:
  const uint8_t* data_;
  size_t left_;
};

#endif  // LIVERY_FUZZ_INPUT_H_
