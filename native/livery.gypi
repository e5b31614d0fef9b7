# What both builds of the addon share: the ordinary one (binding.gyp) and the
# one under AddressSanitizer (asan/binding.gyp).
{
  'sources': [
    'src/addon.cc',
    'src/arguments.cc',
    'src/confine.cc',
    'src/environment.cc',
    'src/errors.cc',
    'src/fd.cc',
    'src/files.cc',
    'src/listener.cc',
    'src/mapping.cc',
    'src/poller.cc',
    'src/process.cc',
    'src/ring.cc',
    'src/ring_double.cc',
    'src/row_copy.cc',
    'src/secret_memory.cc',
    'src/socket_message.cc',
    'src/sockets.cc',
    'src/staging.cc',
    'src/stream.cc',
    'src/threads.cc',
    'src/vault.cc',
    'src/write_queue.cc',
  ],
  'dependencies': [
    "<!(node -p \"require('node-addon-api').targets\"):node_addon_api_except_all",
  ],
  # The long one: in a worker that is being terminated nothing can be thrown any
  # more; without it the attempt would abort the whole process.
  'defines': ['NAPI_VERSION=9', '_GNU_SOURCE', 'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS'],
  'cflags_cc!': ['-std=gnu++17', '-std=gnu++20'],
  'cflags_cc': [
    '-std=c++17', '-Wall', '-Wextra', '-Wnon-virtual-dtor',
    '-fvisibility=hidden', '-fstack-protector-strong',
  ],
  'ldflags': ['-Wl,-z,relro,-z,now'],
}
