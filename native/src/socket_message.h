// Messages of a unix stream socket: bytes, and descriptors beside them. What
// comes from the other side is bytes and descriptors that nobody has looked at.
#ifndef LIVERY_SOCKET_MESSAGE_H_
#define LIVERY_SOCKET_MESSAGE_H_

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "unique_fd.h"

namespace livery {

// The kernel's limit for one message (SCM_MAX_FD).
constexpr size_t kMaxDescriptors = 253;

// Sends what the kernel takes now; the descriptors leave with the first byte. Returns the bytes
// sent, or -errno.
int64_t SendMessage(int socket, const iovec* parts, size_t part_count, const int* fds,
                    size_t fd_count);

struct Received {
  // Bytes received, 0 at the end of the stream, or -errno.
  int64_t bytes;
  // Descriptors were lost on the way (MSG_CTRUNC).
  bool truncated;
};

// Receives what is there now, appending descriptors (close-on-exec) to `fds`.
Received ReceiveMessage(int socket, uint8_t* into, size_t size, std::vector<UniqueFd>& fds);

}  // namespace livery

#endif  // LIVERY_SOCKET_MESSAGE_H_
