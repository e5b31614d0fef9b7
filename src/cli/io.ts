/**
 * What a command sees of the world outside: where its words go and what the
 * environment says. Handed in, so that commands can be run and read by tests.
 */
export interface Io {
  /** Results: what a caller reads. */
  out(text: string): void;
  /** Everything else: errors, progress, logs. */
  err(text: string): void;
  /** Whether a person looks at `out` and `err`. */
  readonly outIsTty: boolean;
  readonly errIsTty: boolean;
  readonly env: NodeJS.ProcessEnv;
}

export function processIo(): Io {
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    outIsTty: process.stdout.isTTY === true,
    errIsTty: process.stderr.isTTY === true,
    env: process.env,
  };
}
