// Unix sockets as the kernel has them: addresses, connecting, listening, and
// messages with descriptors. Knows no JavaScript objects; what comes from the
// other side is bytes and descriptors that nobody has looked at.
#ifndef LIVERY_SOCKETS_H_
#define LIVERY_SOCKETS_H_

#include <napi.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "unique_fd.h"

namespace livery {

// The kernel's limit for one message (SCM_MAX_FD).
constexpr size_t kMaxDescriptors = 253;

// All of these throw a JavaScript error with code, system call and path.
UniqueFd ConnectUnix(Napi::Env env, const std::string& path);
UniqueFd ListenUnix(Napi::Env env, const std::string& path);
std::array<UniqueFd, 2> SocketPair(Napi::Env env);
// Refuses what is not a unix stream socket, and what (does not) listen.
void RequireStreamSocket(Napi::Env env, int fd, bool listening);

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

#endif  // LIVERY_SOCKETS_H_
