/**
 * Two sessions and a vault between them, as dom0 has them, in a process of its
 * own into which a test can look. argv[2] and argv[3] are the sockets of two
 * qubes. What the first sends is stored; each line of standard input is an
 * order: `deliver WINDOW` to the second qube, or `wipe`. Says what happens, one
 * line of JSON each; ends with its standard input.
 */
import { createInterface } from 'node:readline';
import { systemClock } from '../../../dist/base/clock.js';
import { silentLog } from '../../../dist/base/log.js';
import { SocketChannel } from '../../../dist/channel/socket-channel.js';
import { native } from '../../../dist/native/addon.js';
import { GuiSession } from '../../../dist/session/gui-session.js';

const vault = native().createVault(256_001);

function say(what) {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

function open(path, heard) {
  const session = new GuiSession({
    channel: new SocketChannel({ path, clock: systemClock }),
    clock: systemClock,
    log: silentLog,
    poolPages: 4096,
    maxWindows: 100,
    screen: () => ({ width: 1920, height: 1080, depth: 24 }),
  });
  session.start(new Proxy(heard, { get: (own, name) => own[name] ?? (() => {}) }));
  return session;
}

const source = open(process.argv[2], {
  clipboardData(data) {
    vault.store(data);
    say(`stored ${vault.size}`);
  },
  sessionEnded: (code) => say(`ended ${code}`),
});
const target = open(process.argv[3], {});

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [order, window] = line.split(' ');
    if (order === 'deliver') say(`sent ${target.qube.clipboardData(Number(window), vault)}`);
    else {
      vault.wipe();
      say('wiped');
    }
  })
  .on('close', () => {
    for (const one of [source, target, vault]) one[Symbol.dispose]();
  });
