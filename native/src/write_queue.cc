#include "write_queue.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "socket_message.h"

namespace livery {
namespace {

// Small enough that many buffers with descriptors cost little, large enough that a burst of
// protocol requests makes few of them.
constexpr size_t kChunkBytes = 16 * 1024;
constexpr size_t kMaxParts = 64;

}  // namespace

size_t WriteQueue::PendingDescriptors() const {
  size_t count = 0;
  for (const Chunk& chunk : chunks_) count += chunk.fds.size();
  return count;
}

void WriteQueue::Append(const uint8_t* data, size_t size, std::vector<UniqueFd> fds) {
  size_t into_tail = 0;
  if (fds.empty() && !chunks_.empty()) {
    const Chunk& tail = chunks_.back();
    into_tail = std::min(size, tail.capacity - tail.end);
  }
  std::list<Chunk> added;
  const size_t rest = size - into_tail;
  if (rest > 0) {
    const size_t capacity = std::max(kChunkBytes, rest);
    added.push_back(Chunk{std::unique_ptr<uint8_t[]>(new uint8_t[capacity]), SecretMemory(),
                          capacity, 0, rest, std::move(fds)});
    std::memcpy(added.back().Data(), data + into_tail, rest);
  }
  // Nothing below can fail.
  if (into_tail > 0) {
    Chunk& tail = chunks_.back();
    std::memcpy(tail.Data() + tail.end, data, into_tail);
    tail.end += into_tail;
  }
  chunks_.splice(chunks_.end(), added);
  pending_bytes_ += size;
}

void WriteQueue::AppendSecret(const uint8_t* data, size_t size) {
  SecretMemory memory = SecretMemory::Allocate(size);
  if (!memory.IsMapped()) throw std::bad_alloc();
  // Where the limit is used up the bytes may be swapped until they are sent, which is better than
  // a text of which only the beginning arrives.
  memory.Lock();
  std::memcpy(memory.Data(), data, size);
  // No room is left in it: nothing else is put behind the secret in memory that is wiped.
  chunks_.push_back(Chunk{nullptr, std::move(memory), size, 0, size, {}});
  pending_bytes_ += size;
}

int WriteQueue::Flush(int socket) {
  while (!IsEmpty()) {
    std::array<iovec, kMaxParts> parts;
    size_t part_count = 0;
    for (Chunk& chunk : chunks_) {
      const bool starts_another_message = part_count > 0 && !chunk.fds.empty();
      if (starts_another_message || part_count == kMaxParts) break;
      parts[part_count++] = iovec{chunk.Data() + chunk.begin, chunk.end - chunk.begin};
    }
    std::array<int, kMaxDescriptors> numbers;
    std::vector<UniqueFd>& fds = chunks_.front().fds;
    for (size_t i = 0; i < fds.size(); ++i) numbers[i] = fds[i].Get();
    const int64_t sent = SendMessage(socket, parts.data(), part_count, numbers.data(), fds.size());
    if (sent == -EAGAIN) return 0;
    if (sent < 0) return static_cast<int>(-sent);
    fds.clear();
    Consume(static_cast<size_t>(sent));
  }
  return 0;
}

void WriteQueue::Consume(size_t size) {
  pending_bytes_ -= size;
  while (size > 0) {
    Chunk& front = chunks_.front();
    const size_t here = std::min(size, front.end - front.begin);
    if (front.secret.IsMapped()) front.secret.Wipe(front.begin, here);
    front.begin += here;
    size -= here;
    if (front.begin == front.end) chunks_.pop_front();
  }
}

void WriteQueue::Clear() {
  chunks_.clear();
  pending_bytes_ = 0;
}

}  // namespace livery
