import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/base/errors.ts';
import { locateConfig } from '../../../src/config/locate.ts';

const dir = mkdtempSync(join(tmpdir(), 'livery-locate-'));
afterAll(() => rmSync(dir, { recursive: true }));

describe('locateConfig', () => {
  it('takes the option before the environment before the user', () => {
    const env = { LIVERY_CONFIG: join(dir, 'env.toml'), XDG_CONFIG_HOME: dir };
    mkdirSync(join(dir, 'livery'));
    writeFileSync(join(dir, 'livery', 'livery.toml'), '');
    expect(locateConfig(join(dir, 'option.toml'), env)).toBe(join(dir, 'option.toml'));
    expect(locateConfig(undefined, env)).toBe(join(dir, 'env.toml'));
    expect(locateConfig(undefined, { XDG_CONFIG_HOME: dir })).toBe(join(dir, 'livery/livery.toml'));
  });

  it('says where it looked and what to do', () => {
    try {
      locateConfig(undefined, { XDG_CONFIG_HOME: join(dir, 'empty') });
      expect.fail('a configuration was found');
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      expect((error as ConfigError).message).toContain(join(dir, 'empty/livery/livery.toml'));
      expect((error as ConfigError).hint).toContain('docs/examples/livery.toml');
    }
  });
});
