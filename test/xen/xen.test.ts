/**
 * Livery on real Xen: the hypervisor, a Debian dom0 and two paravirtual domains in
 * QEMU's software emulation, with an agent and a real program in each domain. One
 * boot for all; each test goes on from where the one before it left off.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ABSENT } from '../../src/channel/vchan-channel.ts';
import { FOCUS_SETTLE_MS } from '../../src/clipboard/machine.ts';
import type { ClipboardEventListing, WindowListing } from '../../src/control/messages.ts';
import { MEMORY_HOG } from '../rig/memory-hog.ts';
import { withPlainFrame } from '../rig/plain-frame.ts';
import { KEYSYM, writePng } from '../rig/rig.ts';
import { ClipboardUser, pause } from '../rig/system/clipboard-user.ts';
import { listingFaults, see } from '../rig/system/look.ts';
import { measureFigures } from './figures.ts';
import { buildXenImage } from './image/build.ts';
import { Domain } from './machine/domain.ts';
import { mappedReadOnly } from './machine/grants.ts';
import { Machine } from './machine/machine.ts';
import { OtherDaemon } from './machine/other-daemon.ts';
import { slowly, XenSystem } from './machine/system.ts';

const OUT = 'out/xen';
const START_MS = 540_000;
const POLICY = '/run/clipboard.policy';
const CONFIG = `
[clipboard]
policy = "${POLICY}"
audit_dir = "/run/audit"
audit_head = "/run/audit-head"
answer_ms = 20000
[qube.box]
label = "yellow"
[qube.work]
label = "blue"
backend = "xen"
[qube.bank]
label = "green"
backend = "xen"
domain = "bank-domain"
`;
const PAGE_BYTES = 4096;
/** Small, so that dom0 keeps its memory; ends at the first byte that finds no place. */
const FILL_SHM = 'mount -o remount,size=1m /dev/shm && ! cat /dev/zero >/dev/shm/full';
/** From a domain's death to the daemon's knowing of it. */
const DEATH_MS = 2000;
/** The same to the end of its frames, looked for from outside through dom0's one busy processor. */
const UNFRAMED_MS = 5000;
/** Timers of two machines: a little more than what is asked for. */
const MARGIN_MS = 200;
/** Of a second daemon: a domain that the first one shows. */
const OTHER_CONFIG = '[qube.work]\nlabel = "red"\nbackend = "xen"\n';
/** A terminal's own colours, so that its pixels can be told from every other. */
const COLORS = { work: 0x203040, bank: 0x102818 } as const;
type Name = keyof typeof COLORS;
const PLACES = { work: '52x11+30+60', bank: '52x11+520+330' } as const;

let machine: Machine;
let system: XenSystem;
let person: ClipboardUser;
let work: Domain;
let bank: Domain;
const typed: Record<Name, string> = { work: '', bank: '' };
const began = performance.now();

function say(line: string): void {
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  process.stderr.write(`xen: ${seconds} s: ${line}\n`);
}

beforeAll(async () => {
  const image = await buildXenImage(say);
  say(`the machine's files have ${Math.round(image.sizeBytes / 2 ** 20)} MiB; Xen starts`);
  machine = new Machine({ image, logFile: `${OUT}/machine.log` });
  const link = await machine.boot();
  say(`dom0 is up, ${machine.seconds.toFixed(1)} s after the machine was started`);
  await link.write(POLICY, '@any @any allow\n', 0o600);
  // The keeper tries a sandbox, and does not wait for ever: alone, before all else starts.
  system = await XenSystem.start(machine, withPlainFrame(CONFIG));
  say('screen and keeper are up');
  // So does the daemon for its screen, which on a busy host does not answer beside two boots.
  await system.startDaemon();
  say('the daemon is up');
  work = await Domain.create(machine, 'work');
  bank = await Domain.create(machine, 'bank-domain');
  say('both domains are made');
  await system.connected('work', 'bank');
  say(`both are connected, ${machine.seconds.toFixed(1)} s after the machine was started`);
  person = new ClipboardUser(system.screen, system.pager);
}, START_MS);

afterAll(async () => {
  if (machine) say(`QEMU had ${machine.peakMib} MiB at most`);
  await system?.[Symbol.asyncDispose]();
  await machine?.[Symbol.asyncDispose]();
});

/** Opens a terminal; what is typed into it lands in a file of the domain. */
async function openTerminal(qube: Name, title: string, place: string): Promise<WindowListing> {
  const color = `#${COLORS[qube].toString(16).padStart(6, '0')}`;
  const look = ['-bg', color, '-fg', 'white', '-geometry', place, '-T', title];
  await system.start(qube, 'xterm', '-u8', ...look, '-e', 'sh', '-c', 'cat >> /tmp/typed');
  return system.window(qube, title);
}

/** It is on the screen in a whole frame of its colour, and painted by its own program. */
async function isShown(window: WindowListing): Promise<void> {
  const color = COLORS[window.qube as unknown as Name];
  await slowly(async () => {
    const { image, content } = await see(system, window.window);
    const own = image.count(content, (pixel) => pixel === color);
    return own > 0.9 * content.width * content.height;
  }, `${window.title} has painted itself`);
  expect(await listingFaults(system, window)).toEqual([]);
}

/** Asked inside, since no files are shared. */
async function holds(qube: Name, file: string, text: string): Promise<boolean> {
  const script = 'test "$(cat "$0")" = "$1"';
  return (await system.run(qube, 'sh', '-c', script, file, text))?.status === 0;
}

/** It goes on: its window is whole, and keys that are typed into it arrive. */
async function isWell(qube: Name): Promise<void> {
  const window = await system.window(qube, `terminal of ${qube}`);
  await isShown(window);
  await system.focus(window);
  await system.screen.user.type('x');
  await system.screen.user.tap(KEYSYM.enter);
  typed[qube] += typed[qube] === '' ? 'x' : '\nx';
  const arrived = () => holds(qube, '/tmp/typed', typed[qube]);
  await slowly(arrived, `what was typed has arrived in ${qube}`);
}

async function keepPicture(name: string): Promise<void> {
  writePng(`${OUT}/${name}`, await system.screen.grab());
}

describe('two domains of Xen', () => {
  test('are paravirtual domains beside dom0', async () => {
    expect(await machine.link.must('xl', 'info')).toMatch(/^xen_version\s+: 4\.17/m);
    const domains = await machine.link.must('xl', 'list');
    expect(domains).toMatch(/^Domain-0 +0 /m);
    expect(domains).toMatch(/^work +\d+ /m);
    expect(domains).toMatch(/^bank-domain +\d+ /m);
    for (const qube of ['work', 'bank'] as const) {
      const kind =
        'test "$(cat /sys/hypervisor/type /sys/hypervisor/guest_type | tr "\\n" " ")" = "xen PV "';
      expect((await system.run(qube, 'sh', '-c', kind))?.status).toBe(0);
    }
  });

  test('show windows with their own pixels in frames of their colours', async () => {
    const one = await openTerminal('work', 'terminal of work', PLACES.work);
    const other = await openTerminal('bank', 'terminal of bank', PLACES.bank);
    await isShown(one);
    await isShown(other);
    expect([one.label, other.label]).toEqual(['blue', 'green']);
    say('both show a window');
  });

  test('granted the pages of their windows, which dom0 has mapped to read', async () => {
    for (const domain of [work, bank]) {
      const qube = domain === work ? 'work' : 'bank';
      const { content } = await system.window(qube, `terminal of ${qube}`);
      const pages = Math.ceil((content.width * content.height * 4) / PAGE_BYTES);
      expect(await mappedReadOnly(machine, domain.id)).toBeGreaterThanOrEqual(pages);
    }
  });

  test('get the keys that are typed into their windows, each its own', async () => {
    await isWell('work');
    await isWell('bank');
    await isWell('work');
    // Nothing of the other's.
    expect(await holds('bank', '/tmp/typed', typed.bank)).toBe(true);
  });

  test('hand text on from one to the other by the chords', async () => {
    const text = 'from work, by the chords';
    await system.run('work', 'sh', '-c', `printf "${text}" | xclip -selection clipboard -in`);
    await press('copy', 'work');
    await press('paste', 'bank');
    const show = 'timeout 20 xclip -selection clipboard -out > /tmp/pasted';
    await slowly(async () => {
      await system.run('bank', 'sh', '-c', show);
      return holds('bank', '/tmp/pasted', text);
    }, 'the text of one domain is in the other');
    await keepPicture('screen.png');
    say(`the text has crossed; the screen is kept in ${OUT}/screen.png`);
  });

  test('that are paused keep their windows, and go on afterwards', async () => {
    await work.pause();
    try {
      await isWell('bank');
      const window = await system.window('work', 'terminal of work');
      expect(await listingFaults(system, window)).toEqual([]);
    } finally {
      await work.unpause();
    }
    await isWell('work');
  });
});

/** Focuses the window, presses the chord, and waits for what the daemon says came of it. */
async function press(kind: 'copy' | 'paste', qube: Name): Promise<void> {
  const window = await system.window(qube, `terminal of ${qube}`);
  const outcomes = [`${kind === 'copy' ? 'copied' : 'pasted'}`, `${kind}-refused`];
  let since = (await events(0)).at(-1)?.seq ?? 0;
  await slowly(async () => {
    await system.focus(window);
    // The rule is about time, so this waits for time.
    await pause(FOCUS_SETTLE_MS + MARGIN_MS);
    await (kind === 'copy' ? person.copyChord() : person.pasteChord());
    const outcome = await slowly(
      async () => (await events(since)).find(({ event }) => outcomes.includes(event)),
      `the ${kind} chord has an outcome`,
    );
    since = outcome.seq;
    // The daemon learned of the focus too late: a person presses again.
    if (outcome.verdict === 'focus-moved') return false;
    expect(outcome.event).toBe(outcomes[0]);
    return true;
  }, `the ${kind} chord counts`);
}

/** The X server itself knows none of these windows any more. */
async function allGone(windows: readonly number[]): Promise<boolean> {
  const looks = await Promise.allSettled(windows.map((window) => system.pager.rect(window)));
  return looks.every(({ status }) => status === 'rejected');
}

/** The windows that are on the screen; programs have others. */
async function shown(): Promise<string[]> {
  const mapped = (await system.windows()).filter((one) => one.mapped);
  return mapped.map(({ qube, title }) => `${qube} ${title}`).sort();
}

function events(since: number): Promise<readonly ClipboardEventListing[]> {
  return system.client.ask('clipboard.events', { since });
}

describe('bad days', () => {
  test('a second daemon does not start, and says why', async () => {
    const { status, err } = await system.secondDaemon().ended;
    expect(status).toBe(1);
    expect(err).toContain('a daemon is running already');
    await isWell('work');
  });

  test('a second daemon that cannot know of the first gets no domain of it, and says why', async () => {
    const before = await shown();
    const other = await OtherDaemon.start(system, OTHER_CONFIG);
    try {
      expect(await other.says('the domain is not reached')).toBe(ABSENT);
      await isWell('work');
    } finally {
      await other[Symbol.asyncDispose]();
    }
    await isWell('bank');
    expect(await shown()).toEqual(before);
    say('another daemon was told that the domain serves this one');
  });

  test('a domain that runs out of memory loses the program that took it, and no window', async () => {
    const before = await shown();
    const exit = await system.run('work', 'sh', '-c', MEMORY_HOG);
    expect(exit).toEqual({ status: null, signal: 'SIGKILL' });
    await isWell('work');
    await isWell('bank');
    expect(await shown()).toEqual(before);
    say('a domain was out of memory and goes on');
  });

  test('a full /dev/shm of dom0 is nothing to the daemon: new windows have pictures', async () => {
    await machine.link.must('sh', '-c', FILL_SHM);
    const window = await openTerminal('work', 'beside a full /dev/shm', '24x3+30+420');
    await isShown(window);
    await isWell('bank');
    expect((await machine.link.run('sh', '-c', 'echo x >/dev/shm/more')).err).toMatch(/space/);
    await machine.link.must('rm', '-f', '/dev/shm/full', '/dev/shm/more');
    system.pager.close(window.window);
    const titles = async () => (await shown()).join();
    await slowly(async () => !(await titles()).includes(window.title), 'it was closed');
  });

  test('a second agent in a domain is told that there is one, and takes nothing away', async () => {
    const agent = '/opt/livery/bin/node /opt/livery/dist/bin/livery.js agent --channel xen';
    const second = `timeout 90 ${agent} </dev/null >/tmp/second 2>&1; test $? = 1`;
    const why = 'grep -q "an agent runs in this domain already" /tmp/second';
    expect((await system.run('work', 'sh', '-c', `${second} && ${why}`))?.status).toBe(0);
    await isWell('work');
    await isWell('bank');
  });

  test('a daemon that was killed shows all again when it is started again', async () => {
    const before = await shown();
    expect(before).toEqual(['bank terminal of bank', 'work terminal of work']);
    await system.killDaemon();
    // The agents offer their channels anew, as vchans for dom0.
    for (const domain of [work, bank]) {
      for (const fact of ['6000/ring-ref', '6000/event-channel', '6001/ring-ref']) {
        const number = () => domain.fact(`data/vchan/0/${fact}`);
        expect(await slowly(number, `${domain.name} offers ${fact}`)).toMatch(/^\d+$/);
      }
    }
    await system.startDaemon();
    await system.connected('work', 'bank');
    await isWell('work');
    await isWell('bank');
    expect(await shown()).toEqual(before);
    say('the daemon was killed and shows all again');
  });

  test('a domain that is destroyed takes its windows along, and nothing of it stays', async () => {
    await openTerminal('work', 'another', '30x4+30+420');
    const mine = async () => (await system.windows()).filter(({ qube }) => qube === 'work');
    const frames = (await mine()).filter(({ mapped }) => mapped).map(({ window }) => window);
    expect(frames.length).toBe(2);
    const { goneMs } = await work.watchEnd();
    const told = system.daemonSays(/the domain is gone/);
    // All by dom0's clock, whatever this host does meanwhile.
    const framesGone = told.then(async () => {
      await slowly(() => allGone(frames), 'the frames have gone');
      return machine.link.now();
    });
    await work.destroy();
    const [gone, known, unframed] = await Promise.all([goneMs, told, framesGone]);
    say(
      `a destroyed domain was noticed after ${known - gone} ms, its frames were gone after ${unframed - gone} ms`,
    );
    expect(known - gone).toBeLessThanOrEqual(DEATH_MS);
    expect(unframed - gone).toBeLessThanOrEqual(UNFRAMED_MS);
    await slowly(async () => (await mine()).length === 0, 'they are listed no more');
    // What is still mapped of a domain keeps it, as one without a name.
    const list = async () => machine.link.must('xl', 'list');
    await slowly(
      async () => (await list()).trim().split('\n').length === 3,
      'no zombie is left',
      5000,
    );
    expect((await system.qube('work')).connected).toBe(false);
    expect((await system.qube('work')).reason).toContain('no Xen domain named work');
    await isWell('bank');
    const kernel = await machine.link.must('dmesg');
    expect(kernel).not.toMatch(/BUG|Oops|Call Trace|general protection/);
  });

  test('a domain whose agent starts late is shown when it does', async () => {
    work = await Domain.create(machine, 'work', { waits: true });
    await machine.says('[work] @@', /waiting to be told/);
    expect((await system.qube('work')).connected).toBe(false);
    await expect(system.run('work', 'true')).rejects.toThrow('the qube is not there yet');
    await isWell('bank');
    await work.tell();
    await system.connected('work');
    typed.work = '';
    await openTerminal('work', 'terminal of work', PLACES.work);
    await isWell('work');
    say('a domain that came late is shown');
  });
});

describe('figures', () => {
  test('are measured', () => measureFigures(system, say));
});
