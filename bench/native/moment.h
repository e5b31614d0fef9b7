// Time as every process of one machine sees it: CLOCK_MONOTONIC in nanoseconds.
#pragma once

#include <time.h>

#include <cstdint>

namespace bench {

using Nanos = int64_t;
constexpr Nanos kSecond = 1000000000;

inline Nanos Now() {
  timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * kSecond + at.tv_nsec;
}

inline void SleepUntil(Nanos moment) {
  timespec at;
  at.tv_sec = moment / kSecond;
  at.tv_nsec = moment % kSecond;
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr) != 0) {
  }
}

// What is drawn is a colour that says when it was drawn: hundredths of a
// millisecond since the run began, in 24 bits (167 seconds).
constexpr Nanos kTick = 10000;

inline uint32_t TickOf(Nanos moment, Nanos start) {
  return static_cast<uint32_t>((moment - start) / kTick) & 0xffffff;
}

}  // namespace bench
