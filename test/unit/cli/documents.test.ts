/** docs/commands.md says what is so. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { VERBS } from '../../../src/cli/verbs.ts';

const text = readFileSync('docs/commands.md', 'utf8');
const shown = VERBS.filter(({ internal }) => !internal);

describe('docs/commands.md', () => {
  it('has one part per command', () => {
    const parts = [...text.matchAll(/^## livery (.+)$/gm)].map(([, name]) => name);
    expect(parts.sort()).toEqual(shown.map(({ name }) => name).sort());
  });

  it.each(shown.map((verb) => [verb.name, verb] as const))(
    'explains every option of %s',
    (name, verb) => {
      const part = text.split(`## livery ${name}\n`)[1]?.split('\n## ')[0] ?? '';
      const likeDaemon = part.includes('Options as for the daemon');
      for (const option of Object.keys(verb.options)) {
        expect(likeDaemon || part.includes(`--${option}`), `--${option}`).toBe(true);
      }
    },
  );
});
