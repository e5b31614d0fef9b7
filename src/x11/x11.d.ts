/**
 * Tells the compiler what `import 'x11'` gives: the npm package is plain
 * JavaScript. Only what we use; the client's face is in package.ts.
 */
declare module 'x11' {
  const x11: {
    createClient(
      options: {
        readonly stream: unknown;
        readonly display: string;
        readonly auth: { readonly name: string; readonly data: string };
        readonly bufferRequests: {
          readonly maxSize: number;
          readonly maxDelay: number;
          readonly flushOnReply: boolean;
        };
        readonly shm: false;
      },
      done: (error: Error | undefined, display: import('./package-records.ts').DisplayFace) => void,
    ): import('./package.ts').PackageClient;
  };
  export default x11;
}
