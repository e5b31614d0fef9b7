#include "arguments.h"

#include <cmath>

#include "errors.h"

namespace livery {

uint64_t ToInteger(const Napi::Value& value, const char* name, uint64_t min, uint64_t max) {
  if (!value.IsNumber()) ThrowType(value.Env(), std::string(name) + " must be a number");
  const double number = value.As<Napi::Number>().DoubleValue();
  // The comparison also refuses NaN; every bound is a safe integer, so doubles hold it exactly.
  const bool inside = number >= static_cast<double>(min) && number <= static_cast<double>(max);
  if (!inside || std::trunc(number) != number) {
    ThrowRange(value.Env(), std::string(name) + " must be an integer from " + std::to_string(min) +
                                " to " + std::to_string(max));
  }
  return static_cast<uint64_t>(number);
}

std::string ToText(const Napi::Value& value, const char* name) {
  if (!value.IsString()) ThrowType(value.Env(), std::string(name) + " must be a string");
  std::string text = value.As<Napi::String>().Utf8Value();
  if (text.empty() || text.find('\0') != std::string::npos) {
    ThrowRange(value.Env(), std::string(name) + " must not be empty or hold a NUL character");
  }
  return text;
}

std::string ToSocketPath(const Napi::Value& value, const char* name) {
  if (!value.IsString()) ThrowType(value.Env(), std::string(name) + " must be a string");
  std::string text = value.As<Napi::String>().Utf8Value();
  if (text.empty() || text.find('\0', 1) != std::string::npos) {
    ThrowRange(value.Env(),
               std::string(name) + " must not be empty or hold an inner NUL character");
  }
  return text;
}

Bytes ToBytes(const Napi::Value& value, const char* name) {
  if (!value.IsTypedArray() ||
      value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    ThrowType(value.Env(), std::string(name) + " must be a Uint8Array");
  }
  auto array = value.As<Napi::Uint8Array>();
  return Bytes{array.Data(), array.ElementLength()};
}

Words ToWords(const Napi::Value& value, const char* name) {
  if (!value.IsTypedArray() ||
      value.As<Napi::TypedArray>().TypedArrayType() != napi_uint32_array) {
    ThrowType(value.Env(), std::string(name) + " must be a Uint32Array");
  }
  const auto array = value.As<Napi::Uint32Array>();
  return Words{array.Data(), array.ElementLength()};
}

Napi::Object ToObject(const Napi::Value& value, const char* name) {
  if (!value.IsObject()) ThrowType(value.Env(), std::string(name) + " must be an object");
  return value.As<Napi::Object>();
}

Napi::Function ToFunction(const Napi::Value& value, const char* name) {
  if (!value.IsFunction()) ThrowType(value.Env(), std::string(name) + " must be a function");
  return value.As<Napi::Function>();
}

}  // namespace livery
