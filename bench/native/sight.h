// What is on dom0's screen, as the X server there says it: its pixels, and each
// rectangle that changed (XDamage on the root window, its inferiors included).
#pragma once

#include <X11/Xlib.h>
#include <X11/extensions/Xdamage.h>

#include <cstdint>
#include <optional>

#include "moment.h"

namespace bench {

struct Rect {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
};

// Pixels that both have.
inline int64_t Overlap(const Rect& one, const Rect& other) {
  const int left = one.x > other.x ? one.x : other.x;
  const int top = one.y > other.y ? one.y : other.y;
  const int right = one.x + one.width < other.x + other.width ? one.x + one.width
                                                              : other.x + other.width;
  const int bottom = one.y + one.height < other.y + other.height ? one.y + one.height
                                                                 : other.y + other.height;
  return right > left && bottom > top ? static_cast<int64_t>(right - left) * (bottom - top) : 0;
}

class Sight {
 public:
  // Ends the process when the server has no DAMAGE.
  explicit Sight(Display* display);

  // Waits for a change until `limit`; nothing when there was none.
  std::optional<Rect> Change(Nanos limit);
  // Changes that were told before are forgotten.
  void Forget();
  uint32_t Pixel(int x, int y);
  // The colour that both the first and the last corner of `place` show; nothing when they differ.
  std::optional<uint32_t> Both(const Rect& place);
  // The smallest rectangle that holds every pixel of this colour; empty when there are none.
  Rect Find(uint32_t colour);

 private:
  Display* display_;
  Window root_;
  int event_ = 0;
};

}  // namespace bench
