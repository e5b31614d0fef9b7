// Arguments from JavaScript, checked: each function returns a value of a
// narrower type or throws TypeError/RangeError naming the argument.
#ifndef LIVERY_ARGUMENTS_H_
#define LIVERY_ARGUMENTS_H_

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace livery {

// The largest integer that a JavaScript number holds exactly.
constexpr uint64_t kMaxSafeInteger = (uint64_t{1} << 53) - 1;

// Bytes of a Uint8Array. Valid only until JavaScript runs again.
struct Bytes {
  uint8_t* data;
  size_t size;
};

// The 32-bit numbers of a Uint32Array. Valid only until JavaScript runs again.
struct Words {
  const uint32_t* data;
  size_t count;
};

uint64_t ToInteger(const Napi::Value& value, const char* name, uint64_t min, uint64_t max);
// Text without NUL characters, not empty: a path or a name.
std::string ToText(const Napi::Value& value, const char* name);
// A socket's path; a leading NUL makes it abstract, another NUL is refused.
std::string ToSocketPath(const Napi::Value& value, const char* name);
Bytes ToBytes(const Napi::Value& value, const char* name);
Words ToWords(const Napi::Value& value, const char* name);
Napi::Object ToObject(const Napi::Value& value, const char* name);
Napi::Function ToFunction(const Napi::Value& value, const char* name);

}  // namespace livery

#endif  // LIVERY_ARGUMENTS_H_
