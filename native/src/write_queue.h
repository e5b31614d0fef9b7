// What a stream still has to send, in order, with descriptors in their place.
// Small buffers share a chunk and chunks share a sendmsg; a buffer with
// descriptors always begins a chunk and a sendmsg of its own.
#ifndef LIVERY_WRITE_QUEUE_H_
#define LIVERY_WRITE_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <vector>

#include "secret_memory.h"
#include "unique_fd.h"

namespace livery {

class WriteQueue {
 public:
  bool IsEmpty() const { return pending_bytes_ == 0; }
  size_t PendingBytes() const { return pending_bytes_; }
  size_t PendingDescriptors() const;

  // Appends a copy of the bytes (at least one). Strong guarantee: all or nothing.
  void Append(const uint8_t* data, size_t size, std::vector<UniqueFd> fds);

  // As Append, for bytes that lie alone and are overwritten as they are sent, dropped or cleared.
  // Throws std::bad_alloc.
  void AppendSecret(const uint8_t* data, size_t size);

  // Hands the kernel what it takes now; the rest stays. Returns 0, or the errno of a failure.
  int Flush(int socket);

  // The longest part that lies in one piece at the front; only of a queue that is not empty.
  const uint8_t* FrontData() const { return chunks_.front().Data() + chunks_.front().begin; }
  size_t FrontBytes() const { return chunks_.front().end - chunks_.front().begin; }
  // The first `size` bytes are on their way.
  void Consume(size_t size);

  void Clear();

 private:
  struct Chunk {
    // One of the two holds the bytes.
    std::unique_ptr<uint8_t[]> plain;
    SecretMemory secret;
    size_t capacity;
    size_t begin;
    size_t end;
    // Attached to the byte at `begin` as long as they are here.
    std::vector<UniqueFd> fds;

    uint8_t* Data() const { return secret.IsMapped() ? secret.Data() : plain.get(); }
  };

  std::list<Chunk> chunks_;
  size_t pending_bytes_ = 0;
};

}  // namespace livery

#endif  // LIVERY_WRITE_QUEUE_H_
