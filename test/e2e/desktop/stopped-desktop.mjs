/**
 * A desktop as a process of its own, so that a test can stop it. argv[2] is
 * JSON: { display, xauthority, windows: [{ id, rect, overrideRedirect, seed }] }.
 * Says what Desktop.windows() says, as one line of JSON, when all are shown,
 * and again for each line that it reads; ends with its standard input.
 */
import { createInterface } from 'node:readline';
import { DEFAULT_LIMITS } from '../../../dist/base/budgets.js';
import { systemClock } from '../../../dist/base/clock.js';
import { silentLog } from '../../../dist/base/log.js';
import { PoolHandle } from '../../../dist/channel/pool.js';
import { Desktop } from '../../../dist/desktop/desktop.js';
import { native, PAGE_BYTES } from '../../../dist/native/addon.js';
import { BUILTIN_LABELS } from '../../../dist/trust/label.js';
import { localDisplay } from '../../../dist/x11/display.js';
import { findCookie } from '../../../dist/x11/xauthority.js';

const POOL_BYTES = 64 << 20;
const { display: number, xauthority, label: labelName, windows } = JSON.parse(process.argv[2]);
const display = localDisplay(number);
const label = BUILTIN_LABELS.find((one) => one.name === labelName);
const desktop = await Desktop.open({
  display,
  cookie: findCookie(display, xauthority),
  frame: { thickness: 6 },
  clock: systemClock,
  log: silentLog,
});
const pool = PoolHandle.take(native().createPool('test-stopped', POOL_BYTES), POOL_BYTES);
const limits = DEFAULT_LIMITS;
const config = { name: 'work', domainId: 1, label, fullscreen: false, titles: 'unicode', limits };
/** Nobody listens to what a qube is told. */
const port = new Proxy({}, { get: () => () => {} });
const attached = await desktop.attach({ config, pool, port });
attached.port.sessionReady('1.8');

let page = 0;
for (const { id, rect, overrideRedirect, color } of windows) {
  attached.port.windowCreated({ id, rect, overrideRedirect });
  attached.port.hintsChanged(id, { userPosition: true, programPosition: false });
  attached.port.windowMapped(id, { transientFor: undefined, overrideRedirect });
  // One colour all over, far larger than the window: whatever is uncovered would show it.
  const size = { width: 1280, height: 800 };
  const pages = Math.ceil((size.width * size.height * 4) / PAGE_BYTES);
  const bytes = Buffer.alloc(pages * PAGE_BYTES);
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(color, at);
  native().writeAt(pool.fd, bytes, page * PAGE_BYTES);
  const refs = Uint32Array.from({ length: pages }, (_, i) => page + i);
  attached.port.surfaceChanged(id, { ...size, refs, firstPage: page });
  page += pages;
}

const say = () => process.stdout.write(`${JSON.stringify(desktop.windows())}\n`);
const ready = () => desktop.windows().every((one) => one.mapped && one.firstPixelsMs !== undefined);
while (!ready()) await new Promise((resolve) => setTimeout(resolve, 10));
say();
for await (const _line of createInterface({ input: process.stdin })) say();
await desktop[Symbol.asyncDispose]();
pool[Symbol.dispose]();
