/** What a daemon that was taken over can no longer do. */

const held = {
  suite: 'hostile',
  test: 'test/hostile/confinement.test.ts',
};

/** @type {import('../../scripts/mutations/mutation.mjs').Mutation[]} */
export const mutations = [
  {
    promise: '22: the daemon gives its rights up at all',
    file: 'src/daemon/main.ts',
    search: '  if (options.confine) {',
    replace: '  if (options.confine && Date.now() < 0) {',
    ...held,
    only: 'from outside, the daemon',
  },
  {
    promise: '22: livery-guid gives its rights up',
    file: 'src/guid/serve.ts',
    search: '  confineGuid(options);',
    replace: '  if (Date.now() < 0) confineGuid(options);',
    ...held,
    only: 'livery-guid',
  },
  {
    promise: '22: the daemon never starts a program',
    file: 'src/daemon/confine/calls.ts',
    search: '...whenAny(CLONE_THREAD, [ALLOW]), KILL]',
    replace: '...whenAny(CLONE_THREAD, [ALLOW]), ALLOW]',
    ...held,
    only: 'ends at once',
  },
  {
    promise: '22: the daemon makes unix sockets only',
    file: 'src/daemon/confine/calls.ts',
    search: '...when(AF_UNIX, [ALLOW]), fail(EAFNOSUPPORT)]',
    replace: '...when(AF_UNIX, [ALLOW]), ALLOW]',
    ...held,
    only: 'reaches no network',
  },
  {
    promise: '22: the daemon signals no other process',
    file: 'src/daemon/confine/calls.ts',
    search: 'oneSignal(signal) : [fail(EPERM)]',
    replace: 'oneSignal(signal) : [ALLOW]',
    ...held,
    only: 'reaches no network',
  },
  {
    promise: '22: the daemon opens no file that is not its own',
    file: 'src/daemon/confine/files.ts',
    search: 'read: there([...SYSTEM, ...PROGRAM, ...read])',
    replace: "read: there(['/', ...SYSTEM, ...PROGRAM, ...read])",
    ...held,
    only: 'reaches no network',
  },
  {
    promise: '22: files are kept from every thread of the daemon',
    file: 'native/src/confine.cc',
    search: 'all_threads = OnEveryOtherThread(RestrictThisThread);',
    replace: 'all_threads = &OnEveryOtherThread != nullptr && &RestrictThisThread != nullptr;',
    ...held,
    only: 'reaches no network',
  },
  {
    promise: '22: Node.js opens no debugger in the daemon',
    file: 'src/daemon/confine/confine.ts',
    search: "process.on('SIGUSR1', () => {});",
    replace: '',
    ...held,
    only: 'opens no debugger',
  },
  {
    promise: '22: the daemon asks for no new privileges',
    file: 'src/daemon/confine/confine.ts',
    search: 'native().setNoNewPrivileges()',
    replace: 'void 0',
    ...held,
    only: 'from outside, the daemon',
  },
  {
    promise: '22: the keeper starts nothing with more rights than its own',
    file: 'src/keeper/main.ts',
    search: 'if (!isSetuid(tools.bwrap)) native',
    replace: 'if (isSetuid(tools.bwrap)) native',
    ...held,
    only: 'the keeper',
  },
  {
    promise: '22: the daemon looks into no other process',
    file: 'src/daemon/confine/calls.ts',
    search: "'ptrace', 'process_vm_readv', 'process_vm_writev'",
    replace: "'process_vm_readv', 'process_vm_writev'",
    suite: 'unit',
    test: 'test/unit/daemon/confine.test.ts',
    only: 'looks into another',
  },
];
