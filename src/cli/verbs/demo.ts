/**
 * `livery demo`: its options.
 */
import { resolve } from 'node:path';
import { DEMO_CONFIG, runDemo } from '../demo/demo.ts';
import type { Call } from '../verb.ts';

export function demo({ io, debug, has, value }: Call): Promise<number> {
  const screenshot = value('screenshot');
  return runDemo({
    configFile: resolve(value('config') ?? DEMO_CONFIG),
    ownScreen: has('own-screen'),
    check: has('check'),
    keep: has('keep'),
    screenshot: screenshot === undefined ? undefined : resolve(screenshot),
    debug,
    io,
  });
}
