/** Finding the addon: the ordinary build, another one by name, and a message when there is none. */
import { relative } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { addonPath } from './support.ts';

const before = process.env['LIVERY_ADDON'];

afterEach(() => {
  if (before === undefined) delete process.env['LIVERY_ADDON'];
  else process.env['LIVERY_ADDON'] = before;
});

async function freshNative() {
  vi.resetModules();
  const { native } = await import('../../src/native/addon.ts');
  return native;
}

it('takes the build that the environment names, relative to the working directory', async () => {
  process.env['LIVERY_ADDON'] = relative(process.cwd(), addonPath);
  expect((await freshNative())().openHandleCount()).toBe(0);
});

it('says what to run when there is none', async () => {
  process.env['LIVERY_ADDON'] = '/nowhere/livery.node';
  const native = await freshNative();
  expect(() => native()).toThrow('the native addon cannot be loaded; run: npm run setup');
});
