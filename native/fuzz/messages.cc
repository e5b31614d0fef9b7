// What a socket of somebody else brings: any number of descriptors beside any
// number of bytes, credentials, too many at once. Nothing is read out of
// bounds, and no descriptor stays open that nobody holds.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "../src/socket_message.h"
#include "input.h"

namespace {

using livery::UniqueFd;

int LowestFree() { return UniqueFd(fcntl(0, F_DUPFD_CLOEXEC, 0)).Get(); }

// One message of the peer; what the kernel refuses is not sent.
void SendRaw(int socket, Input& input) {
  std::vector<uint8_t> bytes(1 + input.Below(500), 0x5a);
  const size_t lists = input.Take<uint8_t>() % 3;
  std::vector<uint8_t> control;
  for (size_t list = 0; list < lists; ++list) {
    const bool credentials = input.Take<uint8_t>() % 4 == 0;
    const size_t count = input.Take<uint8_t>() % 5 == 0 ? 253 : input.Below(20);
    const ucred self{getpid(), getuid(), getgid()};
    const std::vector<int> numbers(count, 0);
    const size_t size = credentials ? sizeof(self) : count * sizeof(int);
    const size_t at = control.size();
    control.resize(at + CMSG_SPACE(size));
    cmsghdr header{};
    header.cmsg_len = CMSG_LEN(size);
    header.cmsg_level = SOL_SOCKET;
    header.cmsg_type = credentials ? SCM_CREDENTIALS : SCM_RIGHTS;
    std::memcpy(control.data() + at, &header, sizeof(header));
    const void* body = credentials ? static_cast<const void*>(&self) : numbers.data();
    if (size > 0) std::memcpy(control.data() + at + CMSG_LEN(0), body, size);
  }
  iovec part{bytes.data(), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const int free_before = LowestFree();
  {
    Input input(data, size);
    int pair[2] = {-1, -1};
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
    const UniqueFd ours(pair[0]);
    const UniqueFd theirs(pair[1]);
    const int on = input.Take<uint8_t>() & 1;
    setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
    std::vector<UniqueFd> fds;
    while (!input.IsOver()) {
      if (input.Take<uint8_t>() % 2 == 0) {
        SendRaw(theirs.Get(), input);
        continue;
      }
      const size_t room = 1 + input.Below(800);
      std::unique_ptr<uint8_t[]> into(new uint8_t[room]);
      const livery::Received received = livery::ReceiveMessage(ours.Get(), into.get(), room, fds);
      if (received.bytes < 0) REQUIRE(received.bytes == -EAGAIN);
      REQUIRE(received.bytes <= static_cast<int64_t>(room));
      for (const UniqueFd& fd : fds) {
        const int flags = fcntl(fd.Get(), F_GETFD);
        REQUIRE(flags >= 0 && (flags & FD_CLOEXEC) != 0);
      }
      if (received.truncated || fds.size() > 600) fds.clear();
    }
  }
  REQUIRE(LowestFree() == free_before);
  return 0;
}
