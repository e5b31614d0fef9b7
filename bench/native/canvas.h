// The window of the drawing client and the ways in which it is drawn in. Each
// update is a colour that says when it was drawn (moment.h).
#pragma once

#include <X11/Xlib.h>

#include <memory>
#include <random>
#include <string>

#include "moment.h"

namespace bench {

// A picture in memory that the X server shares.
class SharedImage;

class Canvas {
 public:
  Canvas(Display* display, int width, int height, int x, int y, uint32_t colour);
  ~Canvas();
  Canvas(const Canvas&) = delete;
  Canvas& operator=(const Canvas&) = delete;

  // Maps it and waits until the server has said that it shows. Returns when it was asked.
  Nanos Map();
  Window window() const { return window_; }
  int width() const { return width_; }
  int height() const { return height_; }

  // The whole window in one colour.
  void Fill(uint32_t colour);
  // The whole window as a photograph, put from shared memory; `colour` is in its corners.
  // False when the server does not share memory with us.
  bool Photo(uint32_t colour);
  // A square of 64 pixels somewhere; every 16th lies in the top left corner.
  void Square(uint32_t colour);
  // A square in the first and one in the last corner.
  void Mark(uint32_t colour);

 private:
  Display* display_;
  Window window_;
  GC gc_;
  int width_;
  int height_;
  uint64_t squares_ = 0;
  std::minstd_rand random_;
  std::unique_ptr<SharedImage> photos_[3];
  int photo_ = 0;
};

}  // namespace bench
