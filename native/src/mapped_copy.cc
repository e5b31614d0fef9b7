#include "mapped_copy.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace livery {
namespace {

// Writes until `size` bytes went or a page could not be read. Returns the bytes, or -errno.
int64_t WriteUpTo(int fd, const uint8_t* from, uint64_t size, uint64_t offset) {
  uint64_t done = 0;
  while (done < size) {
    const ssize_t now = pwrite(fd, from + done, size - done, static_cast<off_t>(offset + done));
    if (now > 0) {
      done += static_cast<uint64_t>(now);
    } else if (now == 0 || errno == EFAULT) {
      break;
    } else if (errno != EINTR) {
      return -errno;
    }
  }
  return static_cast<int64_t>(done);
}

}  // namespace

int64_t CopyMappedRows(const RowCopy& copy, const uint8_t* source, int fd, uint8_t* destination) {
  if (copy.width == 0 || copy.height == 0) return 0;
  const uint64_t row_bytes = copy.width * kPixelBytes;
  // Rows without a gap between them are one span.
  const bool whole_rows = row_bytes == copy.stride;
  const uint64_t spans = whole_rows ? 1 : copy.height;
  const uint64_t span_bytes = whole_rows ? row_bytes * copy.height : row_bytes;
  uint8_t* image = destination + copy.destination_offset;
  int64_t copied = 0;
  for (uint64_t i = 0; i < spans; ++i) {
    uint64_t begin = (copy.y + i) * copy.stride + copy.x * kPixelBytes;
    const uint64_t end = begin + span_bytes;
    while (begin < end) {
      const int64_t result =
          WriteUpTo(fd, source + begin, end - begin, copy.destination_offset + begin);
      if (result < 0) return result;
      // A pixel that came in part is none.
      const uint64_t whole = static_cast<uint64_t>(result) / kPixelBytes * kPixelBytes;
      copied += static_cast<int64_t>(whole);
      begin += whole;
      if (begin == end) break;
      // The page that it stopped at; the next one may be there.
      const uint64_t page_end = std::min(end, (begin / kPageBytes + 1) * kPageBytes);
      std::fill_n(reinterpret_cast<uint32_t*>(image + begin), (page_end - begin) / kPixelBytes,
                  copy.fill);
      begin = page_end;
    }
  }
  return copied;
}

}  // namespace livery
