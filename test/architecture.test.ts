/**
 * The table of rooms in ARCHITECTURE.md is the one that `npm run check`
 * enforces, and enforcing it does refuse what the table does not allow.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const CRUISE = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');

/** The rows under `## Rooms` whose header is `| room | imports |`. */
function documentedRooms(markdown: string): [string, string][] {
  const section = /^## Rooms\n([\s\S]*?)(?=^## )/m.exec(`${markdown}\n## end\n`)?.[1] ?? '';
  const table = /^\| room \| imports \|\n\|[ -]+\|[ -]+\|\n((?:\|.*\|\n)+)/m.exec(section)?.[1];
  if (table === undefined) throw new Error('ARCHITECTURE.md has no table of rooms under ## Rooms');
  return table
    .trimEnd()
    .split('\n')
    .map((row) => {
      const [, room = '', imports = ''] = row.split('|').map((cell) => cell.trim());
      return [room, imports];
    });
}

describe('the table of rooms', () => {
  it('is the documented one', () => {
    const rules = JSON.parse(readFileSync('scripts/rooms.json', 'utf8')) as Record<string, string>;
    expect(documentedRooms(readFileSync('ARCHITECTURE.md', 'utf8'))).toEqual(Object.entries(rules));
  });

  it('is missed when it is not there', () => {
    expect(() => documentedRooms('# Architecture\n\n## Rooms\n\nNone.\n')).toThrow(/no table/);
  });
});

/** Planted files and the rule that each of them breaks. */
const planted: Record<string, { text: string; rule: string }> = {
  'src/protocol/upwards.ts': {
    text: "import { late } from '../session/late.ts';\nexport const a = late;\n",
    rule: 'protocol-imports',
  },
  'src/session/authority.ts': {
    text: "import type { Label } from '../trust/label.ts';\nexport type A = Label;\n",
    rule: 'session-imports',
  },
  'src/daemon/backend.ts': {
    text: "import { start } from '../keeper/sandbox/start.ts';\nexport const a = start;\n",
    rule: 'daemon-imports',
  },
  'src/base/pack.ts': {
    text: "import pino from 'pino';\nexport const a = pino;\n",
    rule: 'base-is-bare',
  },
  'src/trust/reading.ts': {
    text: "import { readFileSync } from 'node:fs';\nexport const a = readFileSync;\n",
    rule: 'pure-has-no-effects',
  },
  'src/surface/drawing.ts': {
    text: "import sharp from 'sharp';\nexport const a = sharp;\n",
    rule: 'sharp-in-the-renderer',
  },
  'src/agent/lost.ts': { text: "export * from './nowhere.ts';\n", rule: 'unresolved' },
  'src/cli/tested.ts': {
    text: "import { helper } from '../../test/helper.ts';\nexport const a = helper;\n",
    rule: 'source-imports-source',
  },
  'src/x11/one.ts': {
    text: "import { b } from './two.ts';\nexport const a = () => b;\n",
    rule: 'no-cycle',
  },
  'src/channel/undeclared.ts': {
    text: "import { expect } from 'vitest';\nexport const a = expect;\n",
    rule: 'undeclared-package',
  },
};

/** What the planted files need to be complete, and two imports that are allowed. */
const sound: Record<string, string> = {
  'src/session/late.ts': 'export const late = 1;\n',
  'src/trust/label.ts': 'export interface Label {\n  name: string;\n}\n',
  'src/keeper/sandbox/start.ts': 'export const start = 1;\n',
  'src/x11/two.ts': "import { a } from './one.ts';\nexport const b = () => a;\n",
  'src/config/allowed.ts': "export type { Label } from '../trust/label.ts';\n",
  'src/daemon/allowed.ts': "export { late } from '../session/late.ts';\n",
  'src/renderer/allowed.ts': "import sharp from 'sharp';\nexport const draw = sharp;\n",
  'src/cli/allowed.ts': "import pino from 'pino';\nexport const log = pino;\n",
  'test/helper.ts': 'export const helper = 1;\n',
};

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

describe('the guard of the rooms', () => {
  const folder = mkdtempSync(join(tmpdir(), 'livery-rooms-'));
  let violations: readonly Violation[] = [];

  beforeAll(async () => {
    for (const path of [
      '.dependency-cruiser.cjs',
      'scripts/rooms.json',
      'tsconfig.json',
      'package.json',
    ]) {
      cpSync(path, join(folder, path));
    }
    const files = Object.entries(planted).map(([path, { text }]) => [path, text] as const);
    for (const [path, text] of [...files, ...Object.entries(sound)]) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    for (const name of ['pino', 'sharp', 'vitest']) {
      const manifest = { name, version: '1.0.0', type: 'module', main: 'index.js' };
      mkdirSync(join(folder, 'node_modules', name), { recursive: true });
      writeFileSync(join(folder, 'node_modules', name, 'package.json'), JSON.stringify(manifest));
      writeFileSync(join(folder, 'node_modules', name, 'index.js'), 'export default 1;\n');
    }
    const args = [CRUISE, 'src', '--config', '.dependency-cruiser.cjs', '--output-type', 'json'];
    const output = await new Promise<string>((done) => {
      const options = { cwd: folder, maxBuffer: 1 << 26 };
      execFile(process.execPath, args, options, (_error, stdout) => done(stdout));
    });
    violations = (JSON.parse(output) as { summary: { violations: Violation[] } }).summary
      .violations;
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(Object.entries(planted))('refuses %s', (path, { rule }) => {
    const rules = violations.filter((one) => one.from === path).map((one) => one.rule.name);
    expect(rules).toContain(rule);
  });

  it('lets pass what the table allows', () => {
    const paths = new Set(violations.map((one) => one.from));
    expect([...paths].filter((path) => path.includes('allowed'))).toEqual([]);
  });
});
