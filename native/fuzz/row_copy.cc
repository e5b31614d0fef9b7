// The row copy against a model of a few lines: every pixel of the rectangle,
// and no other byte, whatever the file, its pages and the geometry are.
#include "../src/row_copy.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <vector>

#include "input.h"

namespace {

using livery::kPageBytes;
using livery::kPixelBytes;
using livery::RowCopy;

constexpr size_t kFilePages = 5;
constexpr size_t kMaxStaging = 20 * kPageBytes;

int File() {
  static const int fd = memfd_create("fuzz", MFD_CLOEXEC);
  REQUIRE(fd >= 0);
  return fd;
}

// Mostly within reach, now and then anything.
uint64_t Number(Input& input, uint64_t usual) {
  if (input.Take<uint8_t>() % 16 == 0) return input.Take<uint32_t>() % (livery::kMaxRowCopyNumber + 1);
  return input.Take<uint16_t>() % (usual + 1);
}

int64_t Model(const RowCopy& copy, const std::vector<uint8_t>& file, uint8_t* staging) {
  int64_t copied = 0;
  // Any number of rows with nothing in them.
  if (copy.width == 0) return 0;
  for (uint64_t row = copy.y; row < copy.y + copy.height; ++row) {
    for (uint64_t column = copy.x; column < copy.x + copy.width; ++column) {
      const uint64_t at = row * copy.stride + column * kPixelBytes;
      const uint64_t from = copy.refs[at / kPageBytes] * kPageBytes + at % kPageBytes;
      uint8_t* to = staging + copy.destination_offset + at;
      if (from + kPixelBytes <= file.size()) {
        std::memcpy(to, file.data() + from, kPixelBytes);
        copied += kPixelBytes;
      } else {
        std::memcpy(to, &copy.fill, kPixelBytes);
      }
    }
  }
  return copied;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input input(data, size);
  std::vector<uint8_t> file(input.Below(kFilePages * kPageBytes));
  for (size_t i = 0; i < file.size(); ++i) file[i] = static_cast<uint8_t>(i * 7 + i / 251);
  REQUIRE(ftruncate(File(), 0) == 0);
  if (!file.empty()) {
    REQUIRE(pwrite(File(), file.data(), file.size(), 0) == static_cast<ssize_t>(file.size()));
  }
  std::vector<uint32_t> refs(input.Below(20));
  const bool run = input.Take<uint8_t>() % 2 == 0;
  for (size_t i = 0; i < refs.size(); ++i) {
    refs[i] = run ? static_cast<uint32_t>(i) : input.Take<uint8_t>() % (kFilePages + 2);
    if (refs[i] == kFilePages + 1) refs[i] = input.Take<uint32_t>();
  }
  RowCopy copy{};
  copy.source = File();
  copy.refs = refs.data();
  copy.ref_count = refs.size();
  copy.stride = Number(input, 2500) * (input.Take<uint8_t>() % 16 == 0 ? 1 : kPixelBytes);
  copy.x = Number(input, 1200);
  copy.y = Number(input, 8);
  copy.width = Number(input, 2500);
  copy.height = Number(input, 12);
  copy.destination_offset = Number(input, 6000) * kPixelBytes;
  copy.fill = input.Take<uint32_t>();
  const size_t staging_size = input.Below(kMaxStaging / kPixelBytes) * kPixelBytes;
  // What is above is refused by the caller (staging.cc).
  copy.stride = std::min(copy.stride, livery::kMaxRowCopyNumber);
  if (livery::FindFault(copy, staging_size) != nullptr) return 0;
  const std::unique_ptr<uint8_t[]> staging(new uint8_t[staging_size]());
  std::vector<uint8_t> expected(staging_size);
  const int64_t copied = livery::CopyRows(copy, staging.get());
  REQUIRE(copied == Model(copy, file, expected.data()));
  REQUIRE(std::equal(expected.begin(), expected.end(), staging.get()));
  return 0;
}
