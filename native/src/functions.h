// The addon's free functions, one group per source file.
#ifndef LIVERY_FUNCTIONS_H_
#define LIVERY_FUNCTIONS_H_

#include <napi.h>

namespace livery {

// Memory and files (files.cc).
void DefineFiles(Napi::Env env, Napi::Object exports);
// Properties of this process (process.cc).
void DefineProcess(Napi::Env env, Napi::Object exports);
// Rights that are given up for good (confine.cc).
void DefineConfinement(Napi::Env env, Napi::Object exports);
// A Xen ring over memory of JavaScript, for tests (ring_double.cc).
void DefineRingDouble(Napi::Env env, Napi::Object exports);

}  // namespace livery

#endif  // LIVERY_FUNCTIONS_H_
