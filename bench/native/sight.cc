#include "sight.h"

#include <X11/Xutil.h>
#include <poll.h>

#include <cstdio>
#include <cstdlib>

namespace bench {
namespace {

constexpr uint32_t kColours = 0xffffff;
// Corners are looked at this far inside.
constexpr int kInset = 2;

}  // namespace

Sight::Sight(Display* display) : display_(display), root_(DefaultRootWindow(display)) {
  int error = 0;
  if (XDamageQueryExtension(display, &event_, &error) == 0) {
    fprintf(stderr, "probe: the X server has no DAMAGE\n");
    exit(1);
  }
  XDamageCreate(display, root_, XDamageReportRawRectangles);
  XSync(display, False);
}

std::optional<Rect> Sight::Change(Nanos limit) {
  for (;;) {
    while (XPending(display_) > 0) {
      XEvent event;
      XNextEvent(display_, &event);
      if (event.type != event_ + XDamageNotify) continue;
      const auto& area = reinterpret_cast<XDamageNotifyEvent*>(&event)->area;
      return Rect{area.x, area.y, area.width, area.height};
    }
    const Nanos left = limit - Now();
    if (left <= 0) return std::nullopt;
    pollfd waiting{ConnectionNumber(display_), POLLIN, 0};
    timespec until{left / kSecond, left % kSecond};
    if (ppoll(&waiting, 1, &until, nullptr) == 0) return std::nullopt;
  }
}

void Sight::Forget() {
  XSync(display_, False);
  while (Change(0)) {
  }
}

uint32_t Sight::Pixel(int x, int y) {
  XImage* image = XGetImage(display_, root_, x, y, 1, 1, AllPlanes, ZPixmap);
  if (image == nullptr) return 0;
  const auto colour = static_cast<uint32_t>(XGetPixel(image, 0, 0)) & kColours;
  XDestroyImage(image);
  return colour;
}

std::optional<uint32_t> Sight::Both(const Rect& place) {
  const auto first = Pixel(place.x + kInset, place.y + kInset);
  const auto last =
      Pixel(place.x + place.width - 1 - kInset, place.y + place.height - 1 - kInset);
  if (first != last) return std::nullopt;
  return first;
}

Rect Sight::Find(uint32_t colour) {
  const int screen = DefaultScreen(display_);
  const int width = DisplayWidth(display_, screen);
  const int height = DisplayHeight(display_, screen);
  XImage* image = XGetImage(display_, root_, 0, 0, static_cast<unsigned>(width),
                            static_cast<unsigned>(height), AllPlanes, ZPixmap);
  if (image == nullptr) return Rect{};
  int left = width;
  int top = height;
  int right = -1;
  int bottom = -1;
  for (int y = 0; y < height; y++) {
    const auto* row = reinterpret_cast<const uint32_t*>(image->data + y * image->bytes_per_line);
    for (int x = 0; x < width; x++) {
      if ((row[x] & kColours) != colour) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      bottom = y;
    }
  }
  XDestroyImage(image);
  if (right < 0) return Rect{};
  return Rect{left, top, right - left + 1, bottom - top + 1};
}

}  // namespace bench
