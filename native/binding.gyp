# Builds build/Release/livery.node: `npx node-gyp rebuild` in this directory.
{
  'targets': [
    {
      'target_name': 'livery',
      'includes': ['livery.gypi'],
      'cflags_cc': ['-O2', '-U_FORTIFY_SOURCE', '-D_FORTIFY_SOURCE=2'],
    },
  ],
}
