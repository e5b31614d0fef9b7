/**
 * The import rules of src/, made from scripts/rooms.json, which is the table of
 * ARCHITECTURE.md word for word (test/architecture.test.ts). Run by
 * scripts/check.mjs.
 */
const rooms = require('./scripts/rooms.json');

/** The parts of the keeper that start sandboxes and virtual machines. */
const BACKENDS = '^src/keeper/(backend-|sandbox/|qemu/)';
/** Rooms that compute and do nothing: no file, no process, no network. */
const PURE = ['base', 'protocol', 'trust', 'clipboard'];
const EFFECTS =
  '^(node:)?(fs|fs/promises|net|child_process|worker_threads|cluster|dgram|http|https|http2|tls|dns|readline|repl|inspector)$';
const FOREIGN = ['npm', 'npm-dev', 'npm-no-pkg', 'npm-unknown'];

/** The rule for one row of the table; none for a room that may import everything. */
function ruleFor(room, imports) {
  const from = { path: `^src/${room}/` };
  const rule = { name: `${room}-imports`, comment: `${room}: ${imports}`, severity: 'error', from };
  if (imports === 'everything') return [];
  if (imports === "everything but the keeper's backends") {
    return [{ ...rule, to: { path: BACKENDS } }];
  }
  const allowed = imports === '–' ? [] : imports.split(', ');
  for (const name of allowed) {
    if (!Object.hasOwn(rooms, name)) throw new Error(`scripts/rooms.json: no room '${name}'`);
  }
  return [{ ...rule, to: { path: '^src/', pathNot: `^src/(${[room, ...allowed].join('|')})/` } }];
}

const forbidden = [
  ...Object.entries(rooms).flatMap(([room, imports]) => ruleFor(room, imports)),
  {
    name: 'source-imports-source',
    severity: 'error',
    from: { path: '^src/' },
    to: { path: '^(test|scripts|dist|bench)/' },
  },
  {
    name: 'unresolved',
    comment: 'the addon alone may be missing: it is built later than this is looked at',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true, pathNot: '(^|/)native/build/[^/]+/livery[^/]*\\.node$' },
  },
  {
    name: 'undeclared-package',
    severity: 'error',
    from: { path: '^src/' },
    to: { dependencyTypes: FOREIGN.slice(1), dependencyTypesNot: ['npm'] },
  },
  {
    name: 'base-is-bare',
    comment: 'base uses the language and nothing else',
    severity: 'error',
    from: { path: '^src/base/' },
    to: { dependencyTypes: FOREIGN },
  },
  {
    name: 'pure-has-no-effects',
    comment: `${PURE.join(', ')} compute; effects are carried out elsewhere`,
    severity: 'error',
    from: { path: `^src/(${PURE.join('|')})/` },
    to: { path: EFFECTS },
  },
  {
    name: 'sharp-in-the-renderer',
    comment:
      'nothing else draws pictures, and nothing decodes any; the live view alone encodes them',
    severity: 'error',
    from: { pathNot: '^src/(renderer/|view/picture\\.ts$)' },
    to: { path: 'node_modules/(sharp|@img)/' },
  },
  {
    name: 'no-cycle',
    severity: 'error',
    from: { path: '^src/' },
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden,
  options: {
    // Without it an `import type` would not count.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
