// The only closer of descriptors in the addon: whoever holds a UniqueFd owns
// the number in it. Trusts nothing; closing never throws.
#ifndef LIVERY_UNIQUE_FD_H_
#define LIVERY_UNIQUE_FD_H_

#include <unistd.h>

namespace livery {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int number) : number_(number) {}
  UniqueFd(UniqueFd&& other) noexcept : number_(other.Release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    Reset(other.Release());
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { Reset(); }

  int Get() const { return number_; }
  bool IsOpen() const { return number_ >= 0; }

  int Release() {
    const int number = number_;
    number_ = -1;
    return number;
  }

  // Linux frees the number even when close() is interrupted, so it is never tried twice.
  void Reset(int number = -1) {
    if (number_ >= 0) close(number_);
    number_ = number;
  }

 private:
  int number_ = -1;
};

}  // namespace livery

#endif  // LIVERY_UNIQUE_FD_H_
