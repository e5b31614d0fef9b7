#include "canvas.h"

#include <X11/Xutil.h>
#include <X11/extensions/XShm.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#include <cstring>

namespace bench {
namespace {

constexpr int kSquare = 64;
constexpr int kCorner = 16;

bool refused;

int Refused(Display*, XErrorEvent*) {
  refused = true;
  return 0;
}

}  // namespace

class SharedImage {
 public:
  SharedImage(Display* display, int width, int height, unsigned seed) : display_(display) {
    const auto depth = static_cast<unsigned>(DefaultDepth(display, DefaultScreen(display)));
    image_ = XShmCreateImage(display, DefaultVisual(display, DefaultScreen(display)), depth,
                             ZPixmap, nullptr, &info_, static_cast<unsigned>(width),
                             static_cast<unsigned>(height));
    if (image_ == nullptr) return;
    const auto bytes = static_cast<size_t>(image_->bytes_per_line) * static_cast<size_t>(height);
    info_.shmid = shmget(IPC_PRIVATE, bytes, IPC_CREAT | 0600);
    if (info_.shmid < 0) return;
    info_.shmaddr = image_->data = static_cast<char*>(shmat(info_.shmid, nullptr, 0));
    info_.readOnly = False;
    refused = false;
    auto* before = XSetErrorHandler(Refused);
    XShmAttach(display, &info_);
    XSync(display, False);
    XSetErrorHandler(before);
    // It goes when the last of us is detached.
    shmctl(info_.shmid, IPC_RMID, nullptr);
    attached_ = !refused;
    std::minstd_rand random(seed);
    auto* words = reinterpret_cast<uint32_t*>(image_->data);
    for (size_t i = 0; i < bytes / 4; i++) words[i] = static_cast<uint32_t>(random()) & 0xffffff;
  }

  ~SharedImage() {
    if (attached_) XShmDetach(display_, &info_);
    if (info_.shmaddr != nullptr) shmdt(info_.shmaddr);
    if (image_ != nullptr) {
      image_->data = nullptr;
      XDestroyImage(image_);
    }
  }

  SharedImage(const SharedImage&) = delete;
  SharedImage& operator=(const SharedImage&) = delete;

  bool attached() const { return attached_; }

  void Put(Window window, GC gc, uint32_t colour) {
    Corner(0, 0, colour);
    Corner(image_->width - kCorner, image_->height - kCorner, colour);
    XShmPutImage(display_, window, gc, image_, 0, 0, 0, 0, static_cast<unsigned>(image_->width),
                 static_cast<unsigned>(image_->height), False);
  }

 private:
  void Corner(int left, int top, uint32_t colour) {
    for (int y = top; y < top + kCorner; y++) {
      auto* row = reinterpret_cast<uint32_t*>(image_->data + y * image_->bytes_per_line);
      for (int x = left; x < left + kCorner; x++) row[x] = colour;
    }
  }

  Display* display_;
  XImage* image_ = nullptr;
  XShmSegmentInfo info_{};
  bool attached_ = false;
};

Canvas::Canvas(Display* display, int width, int height, int x, int y, uint32_t colour)
    : display_(display), width_(width), height_(height) {
  const Window root = DefaultRootWindow(display);
  window_ = XCreateSimpleWindow(display, root, x, y, static_cast<unsigned>(width),
                                static_cast<unsigned>(height), 0, 0, colour);
  XSizeHints hints{};
  hints.flags = USPosition | USSize | PMinSize | PMaxSize;
  hints.x = x;
  hints.y = y;
  hints.min_width = hints.max_width = width;
  hints.min_height = hints.max_height = height;
  XSetWMNormalHints(display, window_, &hints);
  XStoreName(display, window_, "bench");
  XSelectInput(display, window_, KeyPressMask | StructureNotifyMask | ExposureMask);
  gc_ = XCreateGC(display, window_, 0, nullptr);
  XSync(display, False);
}

Canvas::~Canvas() {
  XFreeGC(display_, gc_);
  XDestroyWindow(display_, window_);
  XSync(display_, False);
}

Nanos Canvas::Map() {
  const Nanos asked = Now();
  XMapWindow(display_, window_);
  XEvent event;
  XWindowEvent(display_, window_, ExposureMask, &event);
  return asked;
}

void Canvas::Fill(uint32_t colour) {
  XSetForeground(display_, gc_, colour);
  XFillRectangle(display_, window_, gc_, 0, 0, static_cast<unsigned>(width_),
                 static_cast<unsigned>(height_));
}

bool Canvas::Photo(uint32_t colour) {
  photo_ = (photo_ + 1) % 3;
  auto& photo = photos_[photo_];
  if (!photo) {
    photo = std::make_unique<SharedImage>(display_, width_, height_,
                                          static_cast<unsigned>(photo_ + 1));
  }
  if (!photo->attached()) return false;
  photo->Put(window_, gc_, colour);
  return true;
}

void Canvas::Square(uint32_t colour) {
  int x = 0;
  int y = 0;
  if (squares_++ % 16 != 0) {
    const auto across = static_cast<unsigned>(width_ - kSquare + 1);
    const auto down = static_cast<unsigned>(height_ - 2 * kSquare + 1);
    x = static_cast<int>(random_() % across);
    y = kSquare + static_cast<int>(random_() % down);
  }
  XSetForeground(display_, gc_, colour);
  XFillRectangle(display_, window_, gc_, x, y, kSquare, kSquare);
}

void Canvas::Mark(uint32_t colour) {
  XSetForeground(display_, gc_, colour);
  XFillRectangle(display_, window_, gc_, 0, 0, kSquare, kSquare);
  XFillRectangle(display_, window_, gc_, width_ - kSquare, height_ - kSquare, kSquare, kSquare);
}

}  // namespace bench
