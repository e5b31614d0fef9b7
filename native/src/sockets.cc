#include "sockets.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "errors.h"

namespace livery {
namespace {

constexpr int kBacklog = 128;

struct UnixAddress {
  sockaddr_un address;
  socklen_t length;
  const sockaddr* Get() const { return reinterpret_cast<const sockaddr*>(&address); }
};

// A path needs its NUL at the end, an abstract name must not have one: it would be part of it.
UnixAddress ToAddress(Napi::Env env, const std::string& path, const char* syscall) {
  UnixAddress result{};
  const size_t room = sizeof(result.address.sun_path) - 1;
  if (path.size() > room) {
    throw ExplainedError(env, ENAMETOOLONG, syscall,
                         "the socket's path has " + std::to_string(path.size()) +
                             " bytes, at most " + std::to_string(room) + " are possible: '" +
                             path + "'");
  }
  result.address.sun_family = AF_UNIX;
  std::memcpy(result.address.sun_path, path.data(), path.size());
  const size_t terminator = path[0] == '\0' ? 0 : 1;
  result.length =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + terminator);
  return result;
}

UniqueFd NewSocket(Napi::Env env) {
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.IsOpen()) ThrowSystemError(env, errno, "socket");
  return fd;
}

// Removes a socket file that nobody listens on. Anything else at that path stays and is an error:
// only "connection refused" proves that the listener is gone.
void RemoveStaleSocket(Napi::Env env, const std::string& path, const UnixAddress& address) {
  struct stat facts {};
  if (lstat(path.c_str(), &facts) != 0) ThrowSystemError(env, errno, "lstat", path);
  if (!S_ISSOCK(facts.st_mode)) {
    throw ExplainedError(env, EADDRINUSE, "bind", "'" + path + "' exists and is not a socket");
  }
  const UniqueFd probe = NewSocket(env);
  if (connect(probe.Get(), address.Get(), address.length) == 0 || errno == EAGAIN) {
    throw ExplainedError(env, EADDRINUSE, "bind",
                         "another process is listening on '" + path + "'");
  }
  if (errno != ECONNREFUSED) ThrowSystemError(env, errno, "connect", path);
  if (unlink(path.c_str()) != 0) ThrowSystemError(env, errno, "unlink", path);
}

}  // namespace

UniqueFd ConnectUnix(Napi::Env env, const std::string& path) {
  const UnixAddress address = ToAddress(env, path, "connect");
  UniqueFd fd = NewSocket(env);
  // Without blocking: a listener whose queue is full says EAGAIN instead of stopping our loop.
  if (connect(fd.Get(), address.Get(), address.length) != 0) {
    ThrowSystemError(env, errno, "connect", path);
  }
  return fd;
}

void SendDatagram(Napi::Env env, const std::string& path, const std::string& bytes) {
  const UnixAddress address = ToAddress(env, path, "sendto");
  const UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.IsOpen()) ThrowSystemError(env, errno, "socket");
  // A datagram is never sent in part.
  if (sendto(fd.Get(), bytes.data(), bytes.size(), MSG_NOSIGNAL, address.Get(), address.length) <
      0) {
    ThrowSystemError(env, errno, "sendto", path);
  }
}

UniqueFd ListenUnix(Napi::Env env, const std::string& path) {
  const UnixAddress address = ToAddress(env, path, "bind");
  const bool abstract = path[0] == '\0';
  UniqueFd fd = NewSocket(env);
  // Linux gives the socket file the mode that the socket itself has at bind time, so the name
  // never exists with wider rights and no process-wide umask is touched.
  if (fchmod(fd.Get(), 0600) != 0) ThrowSystemError(env, errno, "fchmod", path);
  int bound = bind(fd.Get(), address.Get(), address.length);
  if (bound != 0 && errno == EADDRINUSE && !abstract) {
    RemoveStaleSocket(env, path, address);
    bound = bind(fd.Get(), address.Get(), address.length);
  }
  if (bound != 0) ThrowSystemError(env, errno, "bind", path);
  if (listen(fd.Get(), kBacklog) != 0) ThrowSystemError(env, errno, "listen", path);
  return fd;
}

std::array<UniqueFd, 2> SocketPair(Napi::Env env) {
  int numbers[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, numbers) != 0) {
    ThrowSystemError(env, errno, "socketpair");
  }
  return {UniqueFd(numbers[0]), UniqueFd(numbers[1])};
}

void RequireStreamSocket(Napi::Env env, int fd, bool listening) {
  const auto option = [&](int name) {
    int value = 0;
    socklen_t size = sizeof(value);
    if (getsockopt(fd, SOL_SOCKET, name, &value, &size) != 0) {
      ThrowSystemError(env, errno, "getsockopt");
    }
    return value;
  };
  if (option(SO_DOMAIN) != AF_UNIX || option(SO_TYPE) != SOCK_STREAM) {
    throw ExplainedError(env, EPROTOTYPE, "getsockopt",
                         "the descriptor is not a unix stream socket");
  }
  if ((option(SO_ACCEPTCONN) != 0) != listening) {
    throw ExplainedError(env, EINVAL, "getsockopt",
                         listening ? "the socket does not listen" : "the socket listens");
  }
}

void RequirePort(Napi::Env env, int fd) {
  struct stat facts {};
  if (fstat(fd, &facts) != 0) ThrowSystemError(env, errno, "fstat");
  if (!S_ISCHR(facts.st_mode) && !S_ISFIFO(facts.st_mode) && !S_ISSOCK(facts.st_mode)) {
    throw ExplainedError(env, ENOTTY, "fstat", "the descriptor is not a port");
  }
}

}  // namespace livery
