/**
 * Monitors of a screen (RandR 1.5), or the whole screen as one where the
 * server has none to name (Xvfb). Changes are told by RRScreenChangeNotify
 * (`watchScreen`) and by the root's ConfigureNotify.
 */
import type { Rect } from '../base/geometry.ts';
import type { XConnection } from './connection.ts';
import type { Geometry } from './package-records.ts';
import { queryExtension } from './shm.ts';

export interface Monitor extends Rect {
  readonly name: string;
  readonly primary: boolean;
  readonly widthMm: number;
  readonly heightMm: number;
}

const GET_MONITORS = 42;
const MONITOR_BYTES = 24;

/** At least one monitor, the primary one (or the first named) first; all inside the present root size. */
export async function monitors(x: XConnection): Promise<Monitor[]> {
  const root = await x.request<Geometry>((done) => x.X.GetGeometry(x.root, done));
  const whole: Monitor = {
    name: 'screen',
    primary: true,
    x: 0,
    y: 0,
    width: root.width,
    height: root.height,
    widthMm: x.screen.widthMm,
    heightMm: x.screen.heightMm,
  };
  let found: Monitor[];
  try {
    found = await queryMonitors(x);
  } catch {
    return [whole];
  }
  const usable = found.filter(
    (one) =>
      one.width > 0 &&
      one.height > 0 &&
      one.x >= 0 &&
      one.y >= 0 &&
      one.x + one.width <= root.width &&
      one.y + one.height <= root.height,
  );
  if (usable.length === 0) return [whole];
  const sorted = usable.sort((a, b) => Number(b.primary) - Number(a.primary));
  return sorted.map((one, index) => (index === 0 ? { ...one, primary: true } : one));
}

async function queryMonitors(x: XConnection): Promise<Monitor[]> {
  const { majorOpcode } = await queryExtension(x, 'RANDR');
  const version = Buffer.alloc(12);
  version[0] = majorOpcode;
  version.writeUInt16LE(3, 2);
  version.writeUInt32LE(1, 4);
  version.writeUInt32LE(5, 8);
  const [major, minor] = await x.sendForReply(version, (body) => [
    body.readUInt32LE(0),
    body.readUInt32LE(4),
  ]);
  if (major !== 1 || (minor as number) < 5) throw new Error('RandR below 1.5');
  const bytes = Buffer.alloc(12);
  bytes[0] = majorOpcode;
  bytes[1] = GET_MONITORS;
  bytes.writeUInt16LE(3, 2);
  bytes.writeUInt32LE(x.root, 4);
  bytes[8] = 1; // only monitors that show something
  const raw = await x.sendForReply(bytes, parseMonitors);
  return Promise.all(
    raw.map(async ({ nameAtom, ...monitor }) => ({
      ...monitor,
      name: await x.atomName(nameAtom),
    })),
  );
}

function parseMonitors(body: Buffer): (Omit<Monitor, 'name'> & { nameAtom: number })[] {
  const count = body.readUInt32LE(4);
  const list = [];
  let at = 24;
  for (let i = 0; i < count && at + MONITOR_BYTES <= body.length; i++) {
    list.push({
      nameAtom: body.readUInt32LE(at),
      primary: body[at + 4] !== 0,
      x: body.readInt16LE(at + 8),
      y: body.readInt16LE(at + 10),
      width: body.readUInt16LE(at + 12),
      height: body.readUInt16LE(at + 14),
      widthMm: body.readUInt32LE(at + 16),
      heightMm: body.readUInt32LE(at + 20),
    });
    at += MONITOR_BYTES + 4 * body.readUInt16LE(at + 6);
  }
  return list;
}

/** From now on RRScreenChangeNotify events come; false when the server has no RandR. */
export async function watchScreen(x: XConnection): Promise<boolean> {
  try {
    const randr = await x.extension<{ SelectInput(window: number, mask: number): void }>('randr');
    randr.SelectInput(x.root, 1);
    return true;
  } catch {
    return false;
  }
}
