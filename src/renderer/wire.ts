/**
 * What the daemon, the supervisor and the workers of the renderer say to each
 * other: fixed little-endian words over unix streams. Both ends are dom0's own,
 * but a worker draws with large libraries and is not believed: the daemon hands
 * it the memory to draw into, and looks at nothing that it says but a number.
 */

/** Limits of one picture; a worker that is asked for more ends. */
export const MAX_SVG_BYTES = 256 * 1024;
export const MAX_SIDE = 4096;

// Daemon to worker: 16 bytes, with the memory of the picture as their descriptor; then the SVG.
export const REQUEST_BYTES = 16;

export interface RequestHead {
  /** Not 0; the answer has the same. */
  readonly id: number;
  readonly svgBytes: number;
  readonly width: number;
  readonly height: number;
}

export function encodeRequest(head: RequestHead): Buffer {
  const bytes = Buffer.alloc(REQUEST_BYTES);
  bytes.writeUInt32LE(head.id, 0);
  bytes.writeUInt32LE(head.svgBytes, 4);
  bytes.writeUInt32LE(head.width, 8);
  bytes.writeUInt32LE(head.height, 12);
  return bytes;
}

/** Undefined when a number is outside of the limits. */
export function decodeRequest(bytes: Buffer): RequestHead | undefined {
  const head = {
    id: bytes.readUInt32LE(0),
    svgBytes: bytes.readUInt32LE(4),
    width: bytes.readUInt32LE(8),
    height: bytes.readUInt32LE(12),
  };
  return head.id > 0 && withinLimits(head) ? head : undefined;
}

export function withinLimits(head: Omit<RequestHead, 'id'>): boolean {
  const isSide = (side: number): boolean => Number.isInteger(side) && side >= 1 && side <= MAX_SIDE;
  return (
    head.svgBytes >= 1 &&
    head.svgBytes <= MAX_SVG_BYTES &&
    isSide(head.width) &&
    isSide(head.height)
  );
}

/** Pairs of two words: every other message. */
export const PAIR_BYTES = 8;

export function encodePair(first: number, second: number): Buffer {
  const bytes = Buffer.alloc(PAIR_BYTES);
  bytes.writeUInt32LE(first, 0);
  bytes.writeUInt32LE(second, 4);
  return bytes;
}

/** Worker to daemon: the id of the request (0: it is warm and confined now), and how it went. */
export const DRAWN = 0;
export const NOT_DRAWN = 1;

/** Daemon to supervisor: what to do, and a worker's process where one is meant. */
export const START_ONCE = 1;
export const KILL = 2;

/**
 * Supervisor to daemon: a worker was started (its process, with its stream as
 * the descriptor), or one could not be or ended (one of WORKER_EXIT, or 0 for a signal).
 */
export const STARTED_PERMANENT = 1;
export const STARTED_ONCE = 2;
export const ENDED_PERMANENT = 3;
export const ENDED_ONCE = 4;
/** No worker for a secret was started; nothing else is said of it. */
export const NOT_STARTED_ONCE = 5;

/** How a worker ends, as its exit status. */
export const WORKER_EXIT = {
  done: 0,
  /** sharp, its libraries or a font are missing. */
  cannotDraw: 20,
  /** The kernel did not take its rights away. */
  notConfined: 21,
  /** What it read is no request. */
  confused: 22,
} as const;

/** What an exit status of a worker means, for the log. */
export function whyEnded(status: number): string {
  switch (status) {
    case WORKER_EXIT.cannotDraw:
      return 'sharp or its libraries cannot be used';
    case WORKER_EXIT.notConfined:
      return 'the kernel did not take its rights away';
    case WORKER_EXIT.confused:
      return 'it was asked for something that is no picture';
    case WORKER_EXIT.done:
      return 'it was ended';
    default:
      return `status ${status}`;
  }
}
