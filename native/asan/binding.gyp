# The same addon under AddressSanitizer and UndefinedBehaviorSanitizer:
# `npx node-gyp rebuild` in this directory makes build/Release/livery.node.
# node-gyp knows one build directory per binding.gyp, hence a directory of its own.
# It also gets a function that writes one byte past its memory: a test shows
# with it that such a write is reported.
{
  'targets': [
    {
      'target_name': 'livery',
      'includes': ['../livery.gypi'],
      'cflags_cc!': ['-O3', '-O2'],
      'cflags_cc': [
        '-O1', '-g', '-fno-omit-frame-pointer', '-fsanitize=address,undefined',
        '-fno-sanitize=vptr', '-fno-sanitize-recover=undefined',
      ],
      'ldflags': ['-fsanitize=address,undefined'],
      'defines': ['LIVERY_PLANTED_OVERFLOW'],
    },
  ],
}
