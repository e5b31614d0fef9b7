// Unix sockets as the kernel has them: addresses, connecting, listening. Knows
// no JavaScript objects but the errors that it throws.
#ifndef LIVERY_SOCKETS_H_
#define LIVERY_SOCKETS_H_

#include <napi.h>

#include <array>
#include <string>

#include "unique_fd.h"

namespace livery {

// All of these throw a JavaScript error with code, system call and path.
UniqueFd ConnectUnix(Napi::Env env, const std::string& path);
UniqueFd ListenUnix(Napi::Env env, const std::string& path);
// One datagram, whole or not at all, without waiting.
void SendDatagram(Napi::Env env, const std::string& path, const std::string& bytes);
std::array<UniqueFd, 2> SocketPair(Napi::Env env);
// Refuses what is not a unix stream socket, and what (does not) listen.
void RequireStreamSocket(Napi::Env env, int fd, bool listening);
// Refuses what the kernel cannot wait for: files and directories.
void RequirePort(Napi::Env env, int fd);

}  // namespace livery

#endif  // LIVERY_SOCKETS_H_
