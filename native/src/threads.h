// Something that the kernel does only for the thread that asks, done by every
// thread of the process.
#ifndef LIVERY_THREADS_H_
#define LIVERY_THREADS_H_

namespace livery {

// Has every other thread call `act`, interrupted by the signal that the C
// library keeps for this purpose: no thread can block it. `act` may do no more
// than a signal handler may, and says whether it succeeded. True = all threads
// that there are did; false also where the C library has no such signal, or a
// thread did not answer within two seconds. Threads that `act` by inheriting
// from the one that makes them need no call of their own. Not reentrant.
bool OnEveryOtherThread(bool (*act)());

}  // namespace livery

#endif  // LIVERY_THREADS_H_
