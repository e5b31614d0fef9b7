/**
 * The X server's answer to a new connection (X11 protocol, "Connection Setup")
 * without the visuals that nobody here asks for. A server with GLX names
 * hundreds of them, and the npm package takes longer over the list than over
 * everything else at a start.
 */

const PREFIX_BYTES = 8;
const FIXED_BYTES = 32;
const FORMAT_BYTES = 8;
const SCREEN_BYTES = 40;
const DEPTH_BYTES = 8;
const VISUAL_BYTES = 24;
const TRUE_COLOR = 4;
const SUCCESS = 1;

/** How long the answer is that begins with `bytes`; undefined when they are too few to say. */
export function setupLength(bytes: Buffer): number | undefined {
  return bytes.length < PREFIX_BYTES ? undefined : PREFIX_BYTES + 4 * bytes.readUInt16LE(6);
}

/**
 * The same answer with, for each depth, the root's visual and the TrueColor one
 * with the lowest number alone. What is not the answer of a server that let us
 * in, or is not whole, is given back as it is.
 */
export function thinSetup(reply: Buffer): Buffer {
  if (reply[0] !== SUCCESS || reply.length < PREFIX_BYTES + FIXED_BYTES) return reply;
  const vendorBytes = (reply.readUInt16LE(24) + 3) & ~3;
  const screens = reply[28] as number;
  let at = PREFIX_BYTES + FIXED_BYTES + vendorBytes + FORMAT_BYTES * (reply[29] as number);
  const parts = [reply.subarray(0, at)];
  for (let screen = 0; screen < screens; screen++) {
    if (at + SCREEN_BYTES > reply.length) return reply;
    parts.push(reply.subarray(at, at + SCREEN_BYTES));
    const rootVisual = reply.readUInt32LE(at + 32);
    const depths = reply[at + 39] as number;
    at += SCREEN_BYTES;
    for (let depth = 0; depth < depths; depth++) {
      if (at + DEPTH_BYTES > reply.length) return reply;
      const end = at + DEPTH_BYTES + VISUAL_BYTES * reply.readUInt16LE(at + 2);
      if (end > reply.length) return reply;
      const kept = keptVisuals(reply.subarray(at + DEPTH_BYTES, end), rootVisual);
      const head = Buffer.from(reply.subarray(at, at + DEPTH_BYTES));
      head.writeUInt16LE(kept.length, 2);
      parts.push(head, ...kept);
      at = end;
    }
  }
  const thin = Buffer.concat(parts);
  thin.writeUInt16LE((thin.length - PREFIX_BYTES) / 4, 6);
  return thin;
}

function keptVisuals(list: Buffer, rootVisual: number): Buffer[] {
  let lowest: Buffer | undefined;
  let root: Buffer | undefined;
  for (let at = 0; at < list.length; at += VISUAL_BYTES) {
    const visual = list.subarray(at, at + VISUAL_BYTES);
    const id = visual.readUInt32LE(0);
    if (id === rootVisual) root = visual;
    if (visual[4] === TRUE_COLOR && (!lowest || id < lowest.readUInt32LE(0))) lowest = visual;
  }
  return [root, lowest === root ? undefined : lowest].filter((one) => one !== undefined);
}
