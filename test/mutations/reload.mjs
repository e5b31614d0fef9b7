/** Defences of a configuration that is taken over while qubes run, each with the test that holds it. */

/** @type {import('../../scripts/mutations/mutation.mjs').Mutation[]} */
export const mutations = [
  {
    promise: '27: reload: what cannot hold while a qube runs is refused as a whole',
    file: 'src/daemon/reload.ts',
    search: 'if (plan.refusals.length === 0) return plan;',
    replace: 'if (plan.refusals.length >= 0) return plan;',
    suite: 'hostile',
    test: 'test/hostile/reload.test.ts',
    only: 'takes over nothing when a qube that runs would be another',
  },
  {
    promise: '27: reload: the keeper agrees before anything is another',
    file: 'src/daemon/reload.ts',
    search: 'await keeper?.reload(digest);',
    replace: 'void keeper?.reload(digest).catch(() => {});',
    suite: 'hostile',
    test: 'test/hostile/reload.test.ts',
    only: 'takes over nothing when the keeper refuses',
  },
  {
    promise: '27: reload: a qube keeps what it was started with until it is started again',
    file: 'src/config/reload.ts',
    search: 'qubes.set(name, old ? heldOver(old, qube) : qube);',
    replace: 'void heldOver; qubes.set(name, old ? qube : qube);',
    suite: 'unit',
    test: 'test/unit/config/reload.test.ts',
    only: 'stays what the qube was started with',
  },
  {
    promise: '27: reload: a frame that is on the screen wears the new label',
    file: 'src/desktop/frame.ts',
    search:
      'for (const side of SIDES) repaint(windows.sides[side], { backgroundPixmap: sides[side] });',
    replace: 'void sides;',
    suite: 'e2e',
    test: 'test/e2e/system/reload.test.ts',
    only: 'wears the new label',
  },
  {
    promise: '27: reload: no text that was kept under the old labels is pasted',
    file: 'src/daemon/clipboard/daemon-clipboard.ts',
    search: `    // Also when the policy itself is the same.
    this.reload();`,
    replace: '',
    suite: 'hostile',
    test: 'test/hostile/reload.test.ts',
    only: 'wipes',
  },
];
