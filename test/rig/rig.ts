/**
 * What tests on real screens use, in one place.
 */
export { Image } from './image.ts';
export { writePng } from './png.ts';
export { type Screen, type ScreenOptions, startScreen } from './screen.ts';
export { KEYSYM, User } from './user.ts';
export { waitUntil } from './wait.ts';
