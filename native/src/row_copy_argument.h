// A RowCopy as JavaScript says it: read once from the object, whose getters may
// run anything, and complete before anything that they could invalidate is
// looked at.
#ifndef LIVERY_ROW_COPY_ARGUMENT_H_
#define LIVERY_ROW_COPY_ARGUMENT_H_

#include <napi.h>

#include "row_copy.h"

namespace livery {

class RowCopyArgument {
 public:
  // Throws TypeError or RangeError naming the property.
  explicit RowCopyArgument(const Napi::Value& value);

  Napi::Value Source() const { return source_; }
  // Without a source. Good until JavaScript runs again.
  const RowCopy& Copy() const { return copy_; }
  // With the descriptor that `source` is; throws when it is none or was disposed of.
  RowCopy FromFile() const;

 private:
  Napi::Value source_;
  RowCopy copy_{};
};

}  // namespace livery

#endif  // LIVERY_ROW_COPY_ARGUMENT_H_
