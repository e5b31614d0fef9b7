/** What bounds the damage that goes past JavaScript. */

/** @type {import('../../scripts/mutations/mutation.mjs').Mutation[]} */
export const mutations = [
  {
    promise: '30: a message of any other kind ends what goes past JavaScript',
    file: 'src/session/passed-damage.ts',
    search: 'this.#shortcut?.disarm();',
    replace: '',
    suite: 'hostile',
    test: 'test/hostile/shortcut.test.ts',
    only: 'looks like damage',
  },
  {
    promise: '30: nothing goes past JavaScript while a message has begun',
    file: 'src/session/gui-session.ts',
    search: '&& reader.isBetween) passed.allow();',
    replace: ') passed.allow();',
    suite: 'hostile',
    test: 'test/hostile/shortcut.test.ts',
    only: 'looks like damage',
  },
  {
    promise: '30: what went past JavaScript counts against the rate',
    file: 'src/session/passed-damage.ts',
    search: 'this.#throttle.spend(fromVm.type.shmImage, passed);',
    replace: '',
    suite: 'hostile',
    test: 'test/hostile/shortcut.test.ts',
    only: 'takes of the rate',
  },
];
