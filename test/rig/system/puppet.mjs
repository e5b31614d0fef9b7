/**
 * A program that runs inside a qube and does what a test says: opens windows of
 * every kind, tells what its X server sends it, and what the qube's X server
 * knows. One JSON object per line over a socket in its home; events are told as
 * they come. It is an ordinary X client; nothing in the qube treats it apart.
 */
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';

const LIVERY = '/opt/livery/dist';
const { XConnection } = await import(`${LIVERY}/x11/connection.js`);
const { parseDisplay } = await import(`${LIVERY}/x11/display.js`);

const SOCKET = process.argv[2];
const TILE = 256;
/** Keys, buttons, crossing, motion, structure, focus. */
const EVENTS = 1 | 2 | 4 | 8 | 16 | 32 | 64 | (1 << 17) | (1 << 21);
const ATOM = { atom: 4, cardinal: 6, string: 31, name: 39, hints: 40, sizeHints: 41, class: 67 };
const TRANSIENT_FOR = 68;
const WINDOW = 33;

const x = await XConnection.open(parseDisplay(process.env.DISPLAY), { name: 'puppet' });
const atoms = await x.intern([
  '_MOTIF_WM_HINTS',
  '_NET_WM_WINDOW_TYPE',
  '_NET_WM_WINDOW_TYPE_DIALOG',
  '_NET_WM_WINDOW_TYPE_SPLASH',
  '_NET_WM_WINDOW_TYPE_TOOLTIP',
  '_NET_WM_WINDOW_TYPE_POPUP_MENU',
  '_NET_WM_STATE',
  '_NET_WM_STATE_FULLSCREEN',
]);
const errors = [];
x.onError((error) => errors.push(String(error)));
const tiles = new Map();
let peer;

/** The picture that tests expect: red says who, green and blue say where. */
function tile(seed) {
  const known = tiles.get(seed);
  if (known) return known;
  const pixmap = x.allocId();
  const gc = x.allocId();
  x.X.CreatePixmap(pixmap, x.root, x.screen.depth, TILE, TILE);
  x.X.CreateGC(gc, pixmap, { graphicsExposures: 0 });
  const rows = 32;
  for (let top = 0; top < TILE; top += rows) {
    const bytes = Buffer.alloc(TILE * rows * 4);
    for (let y = 0; y < rows; y++) {
      for (let column = 0; column < TILE; column++) {
        const color = (((seed * 40) & 0xff) << 16) | (column << 8) | (top + y);
        bytes.writeUInt32LE(color, (y * TILE + column) * 4);
      }
    }
    x.X.PutImage(2, pixmap, gc, TILE, rows, 0, top, 0, x.screen.depth, bytes);
  }
  x.X.FreeGC(gc);
  tiles.set(seed, pixmap);
  return pixmap;
}

function sizeHints({ position, min, max, increment, base }) {
  const flags =
    (position === 'user' ? 1 : 0) |
    (position === 'program' ? 4 : 0) |
    (min ? 16 : 0) |
    (max ? 32 : 0) |
    (increment ? 64 : 0) |
    (base ? 256 : 0);
  const pair = (size) => [size?.width ?? 0, size?.height ?? 0];
  const rest = [...pair(min), ...pair(max), ...pair(increment)];
  return [flags, 0, 0, 0, 0, ...rest, 0, 0, 0, 0, ...pair(base), 0];
}

const operations = {
  open({ title, rect, seed, overrideRedirect, transientFor, type, motif, hints, map, noTile }) {
    const window = x.allocWindowId();
    x.X.CreateWindow(window, x.root, rect.x, rect.y, rect.width, rect.height, 0, 0, 1, 0, {
      ...(noTile ? { backgroundPixel: 0xffffff } : { backgroundPixmap: tile(seed) }),
      overrideRedirect: overrideRedirect ? 1 : 0,
      eventMask: EVENTS,
    });
    const property = (atom, kind, values) => x.X.ChangeProperty(0, window, atom, kind, 32, values);
    x.X.ChangeProperty(0, window, ATOM.name, ATOM.string, 8, Buffer.from(title));
    x.X.ChangeProperty(0, window, ATOM.class, ATOM.string, 8, Buffer.from('puppet\0Puppet\0'));
    property(ATOM.hints, ATOM.sizeHints, sizeHints({ position: 'user', ...hints }));
    if (transientFor) property(TRANSIENT_FOR, WINDOW, [transientFor]);
    if (type) {
      property(atoms._NET_WM_WINDOW_TYPE, ATOM.atom, [atoms[`_NET_WM_WINDOW_TYPE_${type}`]]);
    }
    if (motif) property(atoms._MOTIF_WM_HINTS, atoms._MOTIF_WM_HINTS, [2, 0, 0, 0, 0]);
    if (map !== false) x.X.MapWindow(window);
    return { window };
  },
  configure: ({ window, values }) => void x.X.ConfigureWindow(window, values),
  map: ({ window }) => void x.X.MapWindow(window),
  unmap: ({ window }) => void x.X.UnmapWindow(window),
  destroy: ({ window }) => void x.X.DestroyWindow(window),
  retile({ window, seed }) {
    x.X.ChangeWindowAttributes(window, { backgroundPixmap: tile(seed) });
    x.X.ClearArea(window, 0, 0, 0, 0, 1);
  },
  sync() {},
  async fullscreen({ window, on }) {
    const mask = (1 << 19) | (1 << 20);
    x.X.SendEvent(x.root, 0, mask, {
      name: 'ClientMessage',
      format: 32,
      wid: window,
      message_type: atoms._NET_WM_STATE,
      data: [on ? 1 : 0, atoms._NET_WM_STATE_FULLSCREEN, 0, 1, 0],
    });
  },
  /** Where a window of the qube is, by the word of the qube's X server. */
  async geometry({ window }) {
    const [size, place] = await Promise.all([
      x.request((done) => x.X.GetGeometry(window, done)),
      x.request((done) => x.X.TranslateCoordinates(window, x.root, 0, 0, done)),
    ]);
    return { x: place.destX, y: place.destY, width: size.width, height: size.height };
  },
  async screen() {
    return { width: x.screen.width, height: x.screen.height };
  },
  /** Modifiers in effect and keys that are down in the qube's X server. */
  async keyboard() {
    const [pointer, keys, control] = await Promise.all([
      x.request((done) => x.X.QueryPointer(x.root, done)),
      x.request((done) => x.X.QueryKeymap(done)),
      x.request((done) => x.X.GetKeyboardControl(done)),
    ]);
    const down = [];
    for (let key = 8; key < 256; key++) if ((keys[key >> 3] >> (key & 7)) & 1) down.push(key);
    return { mask: pointer.keyMask & 0xff, down, autoRepeat: control.globalAutoRepeat !== 0 };
  },
  /** All windows of the qube that show, bottom first. */
  async tree() {
    const { children } = await x.request((done) => x.X.QueryTree(x.root, done));
    const found = [];
    for (const window of children) {
      try {
        const [attributes, place] = await Promise.all([
          x.request((done) => x.X.GetWindowAttributes(window, done)),
          x.request((done) => x.X.GetGeometry(window, done)),
        ]);
        if (attributes.mapState !== 2 || attributes.klass !== 1) continue;
        const { xPos, yPos, width, height } = place;
        const overrideRedirect = attributes.overrideRedirect !== 0;
        found.push({ window, rect: { x: xPos, y: yPos, width, height }, overrideRedirect });
      } catch {
        // It went meanwhile.
      }
    }
    return found;
  },
};

function tell(message) {
  peer?.write(`${JSON.stringify(message)}\n`);
}

x.on((event) => {
  const { name, wid, synthetic } = event;
  const base = { name, window: wid, synthetic };
  switch (name) {
    case 'KeyPress':
    case 'KeyRelease':
    case 'ButtonPress':
    case 'ButtonRelease':
      tell({
        event: { ...base, detail: event.keycode, state: event.buttons, x: event.x, y: event.y },
      });
      break;
    case 'FocusIn':
    case 'FocusOut':
      tell({ event: { ...base, mode: event.mode, detail: event.detail } });
      break;
    case 'MotionNotify':
    case 'EnterNotify':
    case 'LeaveNotify':
      tell({ event: { ...base, state: event.buttons, x: event.x, y: event.y } });
      break;
    case 'ConfigureNotify': {
      const { x: left, y: top, width, height } = event;
      tell({ event: { ...base, x: left, y: top, width, height } });
      break;
    }
    default:
  }
});
x.onClosed(() => process.exit(1));

async function answer(line) {
  const { id, op, ...rest } = JSON.parse(line);
  try {
    const result = (await operations[op](rest)) ?? {};
    await x.sync();
    if (errors.length > 0) throw new Error(errors.splice(0).join('; '));
    tell({ id, result });
  } catch (error) {
    tell({ id, error: error.message });
  }
}

rmSync(SOCKET, { force: true });
createServer((socket) => {
  peer?.destroy();
  peer = socket;
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
    const lines = text.split('\n');
    text = lines.pop();
    for (const line of lines) void answer(line);
  });
  socket.on('error', () => {});
}).listen(SOCKET);
