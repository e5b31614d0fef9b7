// The write queue and the messages of a socket: every byte arrives once and in
// order, every descriptor with the byte that it was given with, secrets as well
// as others, however little the kernel takes at a time; and nothing stays open.
#include "../src/write_queue.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <deque>
#include <memory>
#include <vector>

#include "../src/socket_message.h"
#include "input.h"

namespace {

using livery::UniqueFd;

// A descriptor that is known by its size wherever it turns up.
int Numbered(size_t number) {
  static std::vector<int> fds;
  while (fds.size() <= number) {
    const int fd = memfd_create("fuzz", MFD_CLOEXEC);
    REQUIRE(fd >= 0 && ftruncate(fd, static_cast<off_t>(fds.size() + 1)) == 0);
    fds.push_back(fd);
  }
  return fds[number];
}

size_t NumberOf(int fd) {
  struct stat facts {};
  REQUIRE(fstat(fd, &facts) == 0);
  return static_cast<size_t>(facts.st_size) - 1;
}

int LowestFree() { return UniqueFd(fcntl(0, F_DUPFD_CLOEXEC, 0)).Get(); }

struct Waiting {
  size_t number;
  // The stream's byte that it travels with.
  uint64_t at;
};

class Conversation {
 public:
  Conversation() {
    int pair[2] = {-1, -1};
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
    ours_ = UniqueFd(pair[0]);
    theirs_ = UniqueFd(pair[1]);
    const int least = 1;
    setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &least, sizeof(least));
  }

  void Append(Input& input) {
    const size_t size = 1 + input.Below(input.Take<uint8_t>() % 8 == 0 ? 60000 : 300);
    const bool secret = input.Take<uint8_t>() % 4 == 0;
    const size_t fd_count = secret || input.Take<uint8_t>() % 3 != 0 ? 0 : input.Below(12);
    std::unique_ptr<uint8_t[]> bytes(new uint8_t[size]);
    for (size_t i = 0; i < size; ++i) bytes[i] = ByteAt(appended_ + i);
    std::vector<UniqueFd> fds;
    for (size_t i = 0; i < fd_count; ++i) {
      const size_t number = input.Below(7);
      fds.emplace_back(fcntl(Numbered(number), F_DUPFD_CLOEXEC, 0));
      REQUIRE(fds.back().IsOpen());
      waiting_.push_back(Waiting{number, appended_});
    }
    if (secret) {
      queue_.AppendSecret(bytes.get(), size);
    } else {
      queue_.Append(bytes.get(), size, std::move(fds));
    }
    appended_ += size;
  }

  void Flush() {
    REQUIRE(queue_.Flush(ours_.Get()) == 0);
    REQUIRE(queue_.PendingBytes() <= appended_ - read_);
  }

  // False when nothing was there.
  bool Read(size_t size) {
    std::unique_ptr<uint8_t[]> into(new uint8_t[size]);
    std::vector<UniqueFd> fds;
    const livery::Received received = livery::ReceiveMessage(theirs_.Get(), into.get(), size, fds);
    REQUIRE(!received.truncated);
    if (received.bytes < 0) {
      REQUIRE(received.bytes == -EAGAIN && fds.empty());
      return false;
    }
    const auto count = static_cast<uint64_t>(received.bytes);
    REQUIRE(count > 0 && count <= size);
    for (uint64_t i = 0; i < count; ++i) REQUIRE(into[i] == ByteAt(read_ + i));
    for (const UniqueFd& fd : fds) {
      REQUIRE(!waiting_.empty());
      const Waiting due = waiting_.front();
      waiting_.pop_front();
      REQUIRE(NumberOf(fd.Get()) == due.number);
      REQUIRE(due.at >= read_ && due.at < read_ + count);
    }
    read_ += count;
    // None was left behind.
    REQUIRE(waiting_.empty() || waiting_.front().at >= read_);
    return true;
  }

  void ReadAll() {
    while (!queue_.IsEmpty() || read_ < appended_) {
      Flush();
      REQUIRE(Read(50000));
    }
    REQUIRE(waiting_.empty() && queue_.PendingDescriptors() == 0);
  }

  void Clear() { queue_.Clear(); }

 private:
  static uint8_t ByteAt(uint64_t place) { return static_cast<uint8_t>(place * 31 + (place >> 8)); }

  UniqueFd ours_;
  UniqueFd theirs_;
  livery::WriteQueue queue_;
  std::deque<Waiting> waiting_;
  uint64_t appended_ = 0;
  uint64_t read_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Numbered(7);
  const int free_before = LowestFree();
  {
    Input input(data, size);
    const bool cleared = input.Take<uint8_t>() % 8 == 0;
    Conversation conversation;
    while (!input.IsOver()) {
      switch (input.Take<uint8_t>() % 4) {
        case 0:
        case 1:
          conversation.Append(input);
          break;
        case 2:
          conversation.Flush();
          break;
        case 3:
          conversation.Read(1 + input.Below(3000));
          break;
      }
    }
    if (cleared) {
      conversation.Clear();
    } else {
      conversation.ReadAll();
    }
  }
  REQUIRE(LowestFree() == free_before);
  return 0;
}
