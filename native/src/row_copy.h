// Copies a rectangle of an image that lies scattered over the pages of a file
// into linear memory of ours. The file belongs to somebody else: it is read,
// never mapped, and may be shorter than promised or change under our eyes.
#ifndef LIVERY_ROW_COPY_H_
#define LIVERY_ROW_COPY_H_

#include <cstddef>
#include <cstdint>

namespace livery {

constexpr uint64_t kPageBytes = 4096;
constexpr uint64_t kPixelBytes = 4;

struct RowCopy {
  int source;
  // Page i of the image is page refs[i] of the file.
  const uint32_t* refs;
  size_t ref_count;
  // Bytes per row, in the file's image and in ours.
  uint64_t stride;
  // The rectangle in pixels.
  uint64_t x;
  uint64_t y;
  uint64_t width;
  uint64_t height;
  uint64_t destination_offset;
  // One pixel, BGRX, for what cannot be read.
  uint32_t fill;
};

// The largest value of stride, x, y, width and height: no product of two sums of them overflows.
constexpr uint64_t kMaxRowCopyNumber = (uint64_t{1} << 31) - 1;

// What is wrong with `copy` for a destination of `size` bytes; nullptr when nothing is. The five
// numbers must not be above kMaxRowCopyNumber, the offset not above 2^53.
const char* FindFault(const RowCopy& copy, uint64_t size);

// Carries out a faultless copy. Returns the bytes that came from the source, or -errno when the
// source cannot be read at all.
int64_t CopyRows(const RowCopy& copy, uint8_t* destination);

}  // namespace livery

#endif  // LIVERY_ROW_COPY_H_
