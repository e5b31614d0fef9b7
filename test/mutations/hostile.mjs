/** Defences that the hostile suite holds. */

/** @type {import('../../scripts/mutations/mutation.mjs').Mutation[]} */
export const mutations = [
  {
    promise: 'QSB-073: a popup that somebody moved off the monitor comes back',
    file: 'src/desktop/window-events.ts',
    search: 'if (window.mapped && window.overrideRedirect) this.#placer.keepOnMonitor(window);',
    replace: '',
    suite: 'hostile',
    test: 'test/hostile/bulletins-frames.test.ts',
    only: 'QSB-073',
  },
  {
    promise: 'QSB-072: past the limit a mapped popup becomes a managed window',
    file: 'src/desktop/qube-desktop.ts',
    search:
      'if (window.overrideRedirect && !this.#popups.allows(rect, window)) this.#manage(window);',
    replace: 'if (window.overrideRedirect && rect.x < -99999) this.#manage(window);',
    suite: 'hostile',
    test: 'test/hostile/bulletins-frames.test.ts',
    only: 'QSB-072',
  },
];
