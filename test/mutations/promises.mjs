/** Promises of SECURITY.md, by number, that no other table has. */

const POOL = 'test/e2e/guid/pool.test.ts';
const DEATH = 'test/e2e/keeper/death.test.ts';

/** @type {import('../../scripts/mutations/mutation.mjs').Mutation[]} */
export const mutations = [
  {
    promise: '5: a pointer is a glyph of the cursor font or the usual one',
    file: 'src/desktop/cursors.ts',
    search:
      'if (glyph === undefined || glyph % 2 !== 0 || glyph < 0 || glyph > LAST_GLYPH) return INHERIT;',
    replace: 'if (glyph === undefined) return INHERIT;',
    suite: 'e2e',
    test: 'test/e2e/desktop/life.test.ts',
    only: 'cursor font',
  },
  {
    promise: '7: what is drawn goes into the window of its own qube alone',
    file: 'src/desktop/painter.ts',
    search: '      lane.putImage(\n        canvas.drawable,',
    replace:
      '      const first = (this.first ??= canvas);\n' +
      '      const both = first.owner === canvas.owner ? [canvas] : [canvas, first];\n' +
      '      for (const one of both) lane.putImage(\n        one.drawable,',
    suite: 'e2e',
    test: 'test/e2e/system/overlap.test.ts',
    only: 'under none',
  },
  {
    promise: '13: what a killed keeper had started ends with it, also without its guard',
    file: 'src/keeper/sandbox/arguments.ts',
    search: "'--die-with-parent', ",
    replace: '',
    suite: 'e2e',
    test: DEATH,
    only: 'the guard was killed first',
  },
  {
    promise: '13: a killed keeper leaves no socket',
    file: 'src/keeper/guard.ts',
    search: '  rounds=$((rounds + 1))\ndone\nsweep\n',
    replace: '  rounds=$((rounds + 1))\ndone\n',
    suite: 'e2e',
    test: DEATH,
    only: 'leaves no file',
  },
  {
    promise: '14: a file of others is copied from, not mapped',
    file: 'src/desktop/image-memory.ts',
    search: 'this.#source = this.#file.fd;\n',
    replace:
      'this.#source = this.#file.fd;\n    this.#segments.attach(this.#file.fd, this.#pool.owner);\n',
    suite: 'e2e',
    test: POOL,
    only: 'is mapped by nobody',
  },
  {
    promise: '17: an icon is not larger than a side may be',
    file: 'src/protocol/icon-stream.ts',
    search: 'if (width < 1 || height < 1 || width > side || height > side) {',
    replace: 'if (width < 1 || height < 1 || width > side * 9) {',
    suite: 'unit',
    test: 'test/unit/protocol/icon-stream.test.ts',
  },
];
