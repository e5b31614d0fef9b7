// The program whose drawing is measured: a plain X client, the same on every
// screen. It is told what to do over a unix socket that it listens at:
//
//   draw SOCKET
//
//   window W H X Y COLOUR      a new window in the place of the old one
//   run KIND RATE START NANOS  draws: fill, photo or squares; RATE 0 = as fast as the server answers
//   keys                       each key press fills the window anew, until the next command
//   again COUNT                so many fills, each waited for: the server is warm
//   quit
//
// Each is answered by one line of JSON. Moments are CLOCK_MONOTONIC in ns.
#include <X11/Xlib.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include "canvas.h"
#include "lines.h"

namespace bench {
namespace {

class Client {
 public:
  explicit Client(Display* display) : display_(display) {}

  // False when it is to end.
  bool Do(const std::string& line, Lines& lines) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    keys_ = name == "keys";
    if (name == "quit") return false;
    if (name == "window") {
      lines.Say(NewWindow(words));
    } else if (canvas_ == nullptr) {
      lines.Say(R"({"error":"there is no window yet"})");
    } else if (name == "run") {
      lines.Say(Run(words));
    } else if (name == "keys") {
      keysSince_ = Now();
      lines.Say("{}");
    } else if (name == "again") {
      int count = 0;
      words >> count;
      for (int i = 0; i < count; i++) {
        canvas_->Fill(TickOf(Now(), 0));
        XSync(display_, False);
      }
      lines.Say("{}");
    } else {
      lines.Say(R"({"error":"unknown command"})");
    }
    return true;
  }

  void Events() {
    while (XPending(display_) > 0) {
      XEvent event;
      XNextEvent(display_, &event);
      if (event.type != KeyPress || !keys_ || canvas_ == nullptr) continue;
      canvas_->Fill(TickOf(Now(), keysSince_));
      XFlush(display_);
    }
  }

 private:
  std::string NewWindow(std::istringstream& words) {
    int width = 0;
    int height = 0;
    int x = 0;
    int y = 0;
    uint32_t colour = 0;
    words >> width >> height >> x >> y >> colour;
    canvas_ = nullptr;
    canvas_ = std::make_unique<Canvas>(display_, width, height, x, y, colour);
    const Nanos asked = canvas_->Map();
    std::ostringstream answer;
    answer << "{\"asked\":" << asked << ",\"window\":" << canvas_->window() << "}";
    return answer.str();
  }

  std::string Run(std::istringstream& words) {
    std::string kind;
    int64_t rate = 0;
    Nanos start = 0;
    Nanos length = 0;
    words >> kind >> rate >> start >> length;
    SleepUntil(start);
    uint64_t drawn = 0;
    uint32_t last = 0;
    Nanos lastAt = start;
    const auto draw = [&](Nanos now) {
      // Each has a colour of its own: Xlib would make one request of equal ones.
      last = std::max(TickOf(now, start), last + 1);
      lastAt = now;
      drawn++;
      if (kind == "fill") canvas_->Fill(last);
      else if (kind == "squares") canvas_->Square(last);
      else return canvas_->Photo(last);
      return true;
    };
    for (;;) {
      const Nanos now = Now();
      if (now >= start + length) break;
      if (rate == 0) {
        if (!draw(now)) return R"({"error":"the X server shares no memory"})";
      } else {
        const auto due = static_cast<uint64_t>((now - start) * rate / kSecond) + 1;
        while (drawn < due) {
          if (!draw(Now())) return R"({"error":"the X server shares no memory"})";
        }
      }
      // The server has drawn it: nothing piles up in the way to it.
      XSync(display_, False);
      if (rate > 0) SleepUntil(start + static_cast<Nanos>(drawn) * kSecond / rate);
    }
    // What is looked at last is in the corner.
    if (kind == "squares") {
      lastAt = Now();
      last = std::max(TickOf(lastAt, start), last + 1);
      canvas_->Mark(last);
      XSync(display_, False);
      drawn++;
    }
    std::ostringstream answer;
    answer << "{\"drawn\":" << drawn << ",\"last\":" << last << ",\"lastAt\":" << lastAt
           << ",\"ended\":" << Now() << "}";
    return answer.str();
  }

  Display* display_;
  std::unique_ptr<Canvas> canvas_;
  bool keys_ = false;
  Nanos keysSince_ = 0;
};

int Listen(const char* path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (strlen(path) >= sizeof address.sun_path) return -1;
  strcpy(address.sun_path, path);
  unlink(path);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return -1;
  chmod(path, 0600);
  if (listen(socket, 1) != 0) return -1;
  return socket;
}

int Serve(const char* path) {
  Display* display = XOpenDisplay(nullptr);
  if (display == nullptr) {
    fprintf(stderr, "draw: no X server at DISPLAY\n");
    return 1;
  }
  const int listening = Listen(path);
  const int socket = listening < 0 ? -1 : accept(listening, nullptr, nullptr);
  if (socket < 0) {
    fprintf(stderr, "draw: cannot listen at %s\n", path);
    return 1;
  }
  Client client(display);
  Lines lines(socket, socket);
  pollfd waiting[2] = {{socket, POLLIN, 0}, {ConnectionNumber(display), POLLIN, 0}};
  for (;;) {
    client.Events();
    XFlush(display);
    if (poll(waiting, 2, -1) < 0) return 1;
    if (waiting[0].revents == 0) continue;
    if (!lines.Read()) return 0;
    while (auto line = lines.Next()) {
      if (!client.Do(*line, lines)) return 0;
    }
  }
}

}  // namespace
}  // namespace bench

int main(int count, char** words) {
  if (count != 2) {
    fprintf(stderr, "usage: draw SOCKET\n");
    return 2;
  }
  // Whoever started it is gone: so are we.
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  return bench::Serve(words[1]);
}
