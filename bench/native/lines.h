// Commands as lines, answers as lines of JSON, on a descriptor.
#pragma once

#include <unistd.h>

#include <optional>
#include <string>

namespace bench {

class Lines {
 public:
  // Descriptors that are read from and written to; they stay their owner's.
  Lines(int in, int out) : in_(in), out_(out) {}

  // A whole line that was read already.
  std::optional<std::string> Next() {
    const auto end = text_.find('\n');
    if (end == std::string::npos) return std::nullopt;
    auto line = text_.substr(0, end);
    text_.erase(0, end + 1);
    return line;
  }

  // Reads what is there, waiting for it; false at the end.
  bool Read() {
    char bytes[4096];
    const auto count = read(in_, bytes, sizeof bytes);
    if (count <= 0) return false;
    text_.append(bytes, static_cast<size_t>(count));
    return true;
  }

  void Say(const std::string& line) {
    const auto whole = line + "\n";
    size_t done = 0;
    while (done < whole.size()) {
      const auto count = write(out_, whole.data() + done, whole.size() - done);
      if (count <= 0) return;
      done += static_cast<size_t>(count);
    }
  }

 private:
  int in_;
  int out_;
  std::string text_;
};

}  // namespace bench
