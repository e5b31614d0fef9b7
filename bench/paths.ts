/** Where things lie in the checkout. */
import { fileURLToPath } from 'node:url';

/** Compiled, this file is build/bench/bench/paths.js. */
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
export const ADDON = `${ROOT}native/build/Release/livery.node`;
export const DRAW = `${ROOT}build/bench/draw`;
export const PROBE = `${ROOT}build/bench/probe`;
export const LIVERY = `${ROOT}dist/bin/livery.js`;
export const KEEPER = `${ROOT}bench/keeper.mjs`;
