// Copies a rectangle of an image in pages that another domain owns, mapped here
// read-only, into memory of ours. The kernel reads the pages for us: one that
// cannot be read is an error then, where an access of our own would be a signal
// that ends the process.
#ifndef LIVERY_MAPPED_COPY_H_
#define LIVERY_MAPPED_COPY_H_

#include <cstdint>

#include "row_copy.h"

namespace livery {

// Carries out a faultless copy; `copy.source` and `copy.refs` are not used. `fd` is the memory that
// is mapped at `destination`. What cannot be read is filled. Returns the bytes that came from the
// pages, or -errno when our own memory cannot be written.
int64_t CopyMappedRows(const RowCopy& copy, const uint8_t* source, int fd, uint8_t* destination);

}  // namespace livery

#endif  // LIVERY_MAPPED_COPY_H_
