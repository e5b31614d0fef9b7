// Measures on dom0's X server: what shows there and when, keys that are pressed
// there, and the processor time of processes meanwhile. Commands are lines on
// standard input, each answered by one line of JSON; it ends with its input.
//
//   find COLOUR                      {"x","y","width","height"} of that colour on the screen
//   await COLOUR NANOS               {}, then {"at"} when a change shows that colour
//   click X Y                        the pointer goes there, and its first button is pressed
//   watch X Y W H DRAWN START END SETTLE SAMPLE PID…
//                                    changes within the rectangle and processor time from START
//                                    to END; then its corners until SETTLE. SAMPLE > 0: how old
//                                    the picture in the first corner is that is drawn since DRAWN
//   keys X Y W H COUNT CODE          from each press of that key to the changed pixels, in ns
//   copy BYTES                       what copying so many bytes once takes, in ns
//
// Moments are CLOCK_MONOTONIC in ns, lengths too.
#include <X11/Xlib.h>
#include <X11/extensions/XTest.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <random>
#include <sstream>
#include <vector>

#include "lines.h"
#include "sight.h"

namespace bench {
namespace {

constexpr Nanos kMilli = 1000000;

class Probe {
 public:
  explicit Probe(Display* display) : display_(display), sight_(display) {}

  std::string Do(const std::string& line, Lines& lines) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    if (name == "find") return Find(words);
    if (name == "await") return Await(words, lines);
    if (name == "click") return Click(words);
    if (name == "watch") return Watch(words);
    if (name == "keys") return Keys(words);
    if (name == "copy") return Copy(words);
    return R"({"error":"unknown command"})";
  }

 private:
  std::string Find(std::istringstream& words) {
    uint32_t colour = 0;
    words >> colour;
    const Rect found = sight_.Find(colour);
    std::ostringstream answer;
    answer << "{\"x\":" << found.x << ",\"y\":" << found.y << ",\"width\":" << found.width
           << ",\"height\":" << found.height << "}";
    return answer.str();
  }

  std::string Await(std::istringstream& words, Lines& lines) {
    uint32_t colour = 0;
    Nanos limit = 0;
    words >> colour >> limit;
    sight_.Forget();
    lines.Say("{}");
    limit += Now();
    while (const auto change = sight_.Change(limit)) {
      const Nanos at = Now();
      const int x = change->x + change->width / 2;
      const int y = change->y + change->height / 2;
      if (sight_.Pixel(x, y) == colour) return "{\"at\":" + std::to_string(at) + "}";
    }
    return R"({"error":"the colour did not show"})";
  }

  std::string Click(std::istringstream& words) {
    int x = 0;
    int y = 0;
    words >> x >> y;
    XTestFakeMotionEvent(display_, -1, x, y, CurrentTime);
    XTestFakeButtonEvent(display_, 1, True, CurrentTime);
    XTestFakeButtonEvent(display_, 1, False, CurrentTime);
    XSync(display_, False);
    return "{}";
  }

  std::string Watch(std::istringstream& words) {
    Rect place;
    Nanos drawn = 0;
    Nanos start = 0;
    Nanos end = 0;
    Nanos settle = 0;
    Nanos sample = 0;
    words >> place.x >> place.y >> place.width >> place.height >> drawn >> start >> end >> settle >>
        sample;
    std::vector<clockid_t> clocks;
    for (pid_t process = 0; words >> process;) {
      clockid_t clock;
      if (clock_getcpuclockid(process, &clock) != 0) {
        return R"({"error":"a process is gone"})";
      }
      clocks.push_back(clock);
    }
    SleepUntil(start - 2 * kMilli);
    sight_.Forget();
    SleepUntil(start);
    const auto before = Times(clocks);
    int64_t area = 0;
    int64_t changes = 0;
    std::vector<Nanos> ages;
    Nanos next = sample > 0 ? Now() + sample : end;
    while (Now() < end) {
      const auto change = sight_.Change(std::min(next, end));
      if (change) {
        const auto pixels = Overlap(*change, place);
        area += pixels;
        if (pixels > 0) changes++;
      }
      if (sample == 0 || Now() < next) continue;
      next += sample;
      const auto colour = sight_.Pixel(place.x + 2, place.y + 2);
      const Nanos now = Now();
      ages.push_back(now - drawn - static_cast<Nanos>(colour) * kTick);
    }
    const auto after = Times(clocks);
    const Nanos ended = Now();
    // What the server has told by now and nobody has read.
    XSync(display_, False);
    while (const auto change = sight_.Change(0)) {
      const auto pixels = Overlap(*change, place);
      area += pixels;
      if (pixels > 0) changes++;
    }
    std::ostringstream answer;
    answer << "{\"area\":" << area << ",\"changes\":" << changes << ",\"nanos\":" << ended - start
           << ",\"cpu\":[";
    for (size_t i = 0; i < clocks.size(); i++) {
      answer << (i > 0 ? "," : "") << after[i] - before[i];
    }
    answer << "],\"ages\":";
    Say(answer, ages);
    Settle(answer, place, settle);
    answer << "}";
    return answer.str();
  }

  // When the corners last changed, and to what.
  void Settle(std::ostringstream& answer, const Rect& place, Nanos settle) {
    int64_t shown = -1;
    Nanos since = 0;
    while (Now() < settle) {
      const auto both = sight_.Both(place);
      const Nanos at = Now();
      const int64_t colour = both ? static_cast<int64_t>(*both) : -1;
      if (colour != shown) {
        shown = colour;
        since = at;
      }
      sight_.Change(at + kMilli / 2);
    }
    answer << ",\"shown\":" << shown << ",\"since\":" << since;
  }

  std::string Keys(std::istringstream& words) {
    Rect place;
    int count = 0;
    unsigned code = 0;
    words >> place.x >> place.y >> place.width >> place.height >> count >> code;
    std::vector<Nanos> took;
    for (int i = 0; i < count; i++) {
      // Not in step with anything.
      SleepUntil(Now() + 15 * kMilli + static_cast<Nanos>(random_() % 15000000));
      const auto before = sight_.Both(place);
      sight_.Forget();
      const Nanos pressed = Now();
      XTestFakeKeyEvent(display_, code, True, CurrentTime);
      XFlush(display_);
      while (const auto change = sight_.Change(pressed + kSecond)) {
        const Nanos at = Now();
        if (Overlap(*change, place) == 0) continue;
        const auto now = sight_.Both(place);
        if (!now || now == before) continue;
        took.push_back(at - pressed);
        break;
      }
      XTestFakeKeyEvent(display_, code, False, CurrentTime);
      XSync(display_, False);
    }
    std::ostringstream answer;
    answer << "{\"lost\":" << count - static_cast<int>(took.size()) << ",\"took\":";
    Say(answer, took);
    answer << "}";
    return answer.str();
  }

  std::string Copy(std::istringstream& words) {
    size_t bytes = 0;
    words >> bytes;
    if (bytes == 0 || bytes > (size_t{1} << 30)) return R"({"error":"so many cannot be copied"})";
    std::vector<char> from(bytes, 1);
    std::vector<char> to(bytes, 2);
    std::vector<Nanos> took;
    for (int i = 0; i < 40; i++) {
      from[static_cast<size_t>(i)] = static_cast<char>(i);
      const Nanos start = Now();
      memcpy(to.data(), from.data(), bytes);
      took.push_back(Now() - start);
      // Without it the copy could be left out.
      asm volatile("" : : "r"(to.data()) : "memory");
    }
    std::ostringstream answer;
    answer << "{\"took\":";
    Say(answer, took);
    answer << "}";
    return answer.str();
  }

  static void Say(std::ostringstream& answer, const std::vector<Nanos>& numbers) {
    answer << "[";
    for (size_t i = 0; i < numbers.size(); i++) answer << (i > 0 ? "," : "") << numbers[i];
    answer << "]";
  }

  static std::vector<Nanos> Times(const std::vector<clockid_t>& clocks) {
    std::vector<Nanos> times;
    for (const auto clock : clocks) {
      timespec at{};
      clock_gettime(clock, &at);
      times.push_back(at.tv_sec * kSecond + at.tv_nsec);
    }
    return times;
  }

  Display* display_;
  Sight sight_;
  std::minstd_rand random_;
};

}  // namespace
}  // namespace bench

int main() {
  Display* display = XOpenDisplay(nullptr);
  if (display == nullptr) {
    fprintf(stderr, "probe: no X server at DISPLAY\n");
    return 1;
  }
  bench::Probe probe(display);
  bench::Lines lines(STDIN_FILENO, STDOUT_FILENO);
  while (lines.Read()) {
    while (const auto line = lines.Next()) lines.Say(probe.Do(*line, lines));
  }
  return 0;
}
