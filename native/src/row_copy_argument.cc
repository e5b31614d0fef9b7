#include "row_copy_argument.h"

#include "arguments.h"
#include "fd.h"

namespace livery {

RowCopyArgument::RowCopyArgument(const Napi::Value& value) {
  const Napi::Object object = ToObject(value, "copy");
  const auto number = [&](const char* name) {
    return ToInteger(object.Get(name), name, 0, kMaxRowCopyNumber);
  };
  source_ = object.Get("source");
  const Napi::Value refs = object.Get("refs");
  copy_.source = -1;
  copy_.stride = number("stride");
  copy_.x = number("x");
  copy_.y = number("y");
  copy_.width = number("width");
  copy_.height = number("height");
  copy_.destination_offset =
      ToInteger(object.Get("destinationOffset"), "destinationOffset", 0, kMaxSafeInteger);
  copy_.fill = static_cast<uint32_t>(ToInteger(object.Get("fill"), "fill", 0, UINT32_MAX));
  const Words words = ToWords(refs, "refs");
  copy_.refs = words.data;
  copy_.ref_count = words.count;
}

RowCopy RowCopyArgument::FromFile() const {
  RowCopy copy = copy_;
  copy.source = FdHandle::From(source_, "source").Number(source_.Env());
  return copy;
}

}  // namespace livery
