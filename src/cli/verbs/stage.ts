/**
 * `livery stage`: started by `livery demo`, for nobody else.
 */
import { locateConfig } from '../../config/locate.ts';
import { runStage } from '../demo/stage.ts';
import type { Call } from '../verb.ts';

export function stage({ io, debug, has, value }: Call): Promise<number> {
  return runStage({
    configFile: locateConfig(value('config'), io.env),
    ownScreen: has('own-screen'),
    view: has('view'),
    debug,
    env: io.env,
  });
}
