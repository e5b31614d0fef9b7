#include "row_copy.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace livery {
namespace {

// One read never carries more than this, far below what pread may shorten by itself (2 GiB).
constexpr uint64_t kMaxReadBytes = uint64_t{1} << 30;

void Fill(uint8_t* from, uint64_t size, uint32_t pixel) {
  std::fill_n(reinterpret_cast<uint32_t*>(from), size / kPixelBytes, pixel);
}

// Reads until `size` bytes came or the file ends. Returns the bytes, or -errno.
int64_t ReadUpTo(int fd, uint8_t* into, uint64_t size, uint64_t offset) {
  uint64_t done = 0;
  while (done < size) {
    const ssize_t now = pread(fd, into + done, size - done, static_cast<off_t>(offset + done));
    if (now == 0) break;
    if (now > 0) {
      done += static_cast<uint64_t>(now);
    } else if (errno == EIO) {
      // The medium lost this part, as if the file were short here.
      break;
    } else if (errno != EINTR) {
      return -errno;
    }
  }
  return static_cast<int64_t>(done);
}

// The end of the longest part of [begin, end) of the image that also lies in one piece in the file.
uint64_t EndOfRun(const RowCopy& copy, uint64_t begin, uint64_t end) {
  uint64_t page = begin / kPageBytes;
  uint64_t run_end = (page + 1) * kPageBytes;
  while (run_end < end && run_end - begin < kMaxReadBytes &&
         uint64_t{copy.refs[page + 1]} == uint64_t{copy.refs[page]} + 1) {
    ++page;
    run_end += kPageBytes;
  }
  return std::min(run_end, end);
}

// Copies the image's bytes [begin, end). Returns the bytes that came from the source, or -errno.
int64_t CopySpan(const RowCopy& copy, uint8_t* image, uint64_t begin, uint64_t end) {
  uint64_t copied = 0;
  while (begin < end) {
    const uint64_t run_end = EndOfRun(copy, begin, end);
    const uint64_t size = run_end - begin;
    const uint64_t offset =
        uint64_t{copy.refs[begin / kPageBytes]} * kPageBytes + begin % kPageBytes;
    const int64_t result = ReadUpTo(copy.source, image + begin, size, offset);
    if (result < 0) return result;
    // A pixel that came in part is none.
    const uint64_t whole = static_cast<uint64_t>(result) / kPixelBytes * kPixelBytes;
    Fill(image + begin + whole, size - whole, copy.fill);
    copied += whole;
    begin = run_end;
  }
  return static_cast<int64_t>(copied);
}

}  // namespace

const char* FindFault(const RowCopy& copy, uint64_t size) {
  if (copy.stride == 0 || copy.stride % kPixelBytes != 0) {
    return "stride must be a positive multiple of 4";
  }
  if (copy.destination_offset % kPixelBytes != 0) {
    return "destinationOffset must be a multiple of 4";
  }
  if ((copy.x + copy.width) * kPixelBytes > copy.stride) {
    return "the rectangle is wider than a row";
  }
  if (copy.width == 0 || copy.height == 0) return nullptr;
  const uint64_t end =
      (copy.y + copy.height - 1) * copy.stride + (copy.x + copy.width) * kPixelBytes;
  if ((end - 1) / kPageBytes >= copy.ref_count) return "refs do not cover the rectangle";
  if (end > size || copy.destination_offset > size - end) {
    return "the rectangle does not fit into the staging area";
  }
  return nullptr;
}

int64_t CopyRows(const RowCopy& copy, uint8_t* destination) {
  if (copy.width == 0 || copy.height == 0) return 0;
  uint8_t* image = destination + copy.destination_offset;
  const uint64_t row_bytes = copy.width * kPixelBytes;
  // Rows without a gap between them are one span.
  const bool whole_rows = row_bytes == copy.stride;
  const uint64_t spans = whole_rows ? 1 : copy.height;
  const uint64_t span_bytes = whole_rows ? row_bytes * copy.height : row_bytes;
  int64_t copied = 0;
  for (uint64_t i = 0; i < spans; ++i) {
    const uint64_t begin = (copy.y + i) * copy.stride + copy.x * kPixelBytes;
    const int64_t result = CopySpan(copy, image, begin, begin + span_bytes);
    if (result < 0) return result;
    copied += result;
  }
  return copied;
}

}  // namespace livery
