#include "socket_message.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>

namespace livery {

int64_t SendMessage(int socket, const iovec* parts, size_t part_count, const int* fds,
                    size_t fd_count) {
  alignas(cmsghdr) char control[CMSG_SPACE(kMaxDescriptors * sizeof(int))];
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts);
  message.msg_iovlen = part_count;
  if (fd_count > 0) {
    const size_t size = fd_count * sizeof(int);
    // The padding after the last descriptor goes to the kernel as well.
    std::memset(control, 0, CMSG_SPACE(size));
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(size);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(size);
    std::memcpy(CMSG_DATA(header), fds, size);
  }
  while (true) {
    ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    // A port of a virtual machine: bytes alone, and no signal when nobody reads.
    if (sent < 0 && errno == ENOTSOCK && fd_count == 0) {
      sent = writev(socket, parts, static_cast<int>(part_count));
    }
    if (sent >= 0) return sent;
    if (errno != EINTR) return -errno;
  }
}

Received ReceiveMessage(int socket, uint8_t* into, size_t size, std::vector<UniqueFd>& fds) {
  // Room for one full message of descriptors and for credentials, should the peer's side have
  // asked for them.
  alignas(cmsghdr) char
      control[CMSG_SPACE(kMaxDescriptors * sizeof(int)) + CMSG_SPACE(sizeof(ucred))];
  iovec part{into, size};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  ssize_t bytes = -1;
  do {
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    bytes = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (bytes < 0 && errno == ENOTSOCK) {
      bytes = readv(socket, &part, 1);
      if (bytes >= 0) return Received{bytes, false};
    }
  } while (bytes < 0 && errno == EINTR);
  if (bytes < 0) return Received{-errno, false};
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    fds.reserve(fds.size() + count);
    for (size_t i = 0; i < count; ++i) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(header) + i * sizeof(int), sizeof(number));
      fds.emplace_back(number);
    }
  }
  return Received{bytes, (message.msg_flags & MSG_CTRUNC) != 0};
}

}  // namespace livery
