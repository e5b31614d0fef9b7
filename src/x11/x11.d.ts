/**
 * Tells the compiler what `import 'x11'` gives: the npm package is plain
 * JavaScript. The face itself (only what we use) is in package.ts.
 */
declare module 'x11' {
  const x11: import('./package.ts').X11Package;
  export default x11;
}
