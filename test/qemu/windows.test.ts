/**
 * One virtual machine beside one sandbox, on a real screen with a window manager:
 * what a person does with the windows of a machine, in one boot of it.
 */
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WindowListing } from '../../src/control/messages.ts';
import { KeeperClient } from '../../src/keeper/client.ts';
import { KEYSYM, writePng } from '../rig/rig.ts';
import { ClipboardFiles } from '../rig/system/clipboard-files.ts';
import { ClipboardUser } from '../rig/system/clipboard-user.ts';
import type { Livery } from '../rig/system/livery.ts';
import { listingFaults, see } from '../rig/system/look.ts';
import { processTree } from '../rig/system/processes.ts';
import { slowly, startWithMachine } from './guest.ts';

/** A terminal's own colours, so that its pixels can be told from every other. */
const BACKGROUND = 0x203040;
const TEXT_PIXELS = 200;

let livery: Livery;
let files: ClipboardFiles;
let person: ClipboardUser;
let terminal: WindowListing;

beforeAll(async () => {
  files = new ClipboardFiles('@any @any allow\n');
  livery = await startWithMachine({ more: { box: files.table('answer_ms = 10000') } });
  person = new ClipboardUser(livery.screen, livery.pager);
});
afterAll(async () => {
  await livery?.[Symbol.asyncDispose]();
  files?.[Symbol.dispose]();
});

/** A terminal of a qube; what is typed into it lands in a file there. */
async function startTerminal(qube: string, title: string, place: string): Promise<WindowListing> {
  const look = ['-bg', '#203040', '-fg', 'white', '-geometry', place, '-T', title];
  await livery.start(qube, 'xterm', '-u8', ...look, '-e', 'sh', '-c', 'cat > ~/typed');
  return livery.window(qube, title);
}

/** Asked inside, since a machine shares no files. */
async function holds(qube: string, file: string, text: string): Promise<boolean> {
  const script = 'test "$(cat "$HOME/$0")" = "$1"';
  return (await livery.run(qube, 'sh', '-c', script, file, text))?.status === 0;
}

async function backgroundPixels(window: WindowListing): Promise<number> {
  const { image, content } = await see(livery, window.window);
  return image.count(content, (color) => color === BACKGROUND);
}

async function savePicture(name: string): Promise<void> {
  const directory = process.env.LIVERY_TEST_PICTURES;
  if (directory === undefined) return;
  const { width, height } = livery.screen.x.screen;
  writePng(join(directory, name), await livery.screen.grab({ x: 0, y: 0, width, height }), 1);
}

describe('a qube in a virtual machine', () => {
  test('is another machine, and says what runs it', async () => {
    const release = await livery.run('vm', 'sh', '-c', 'grep -q cloud /proc/version');
    expect(release?.status).toBe(0);
    const [vm] = (await livery.qubes()).filter(({ name }) => name === 'vm');
    expect(vm?.machine).toMatch(/^(KVM|software emulation \(slow\): .+)$/);
    // No card, no disk, and the first process is not of this host.
    const bare = 'test "$(ls /sys/class/net)" = lo && ! ls /sys/block/[sv]d* && id -u';
    expect((await livery.run('vm', 'sh', '-c', bare))?.status).toBe(0);
    expect((await livery.run('vm', 'sh', '-c', 'test "$(hostname)" = vm'))?.status).toBe(0);
  });

  test('is a process without rights, files and network of the host', async () => {
    using keeper = await KeeperClient.connect(livery.runtimeDir);
    const status = (await keeper.list()).find(({ name }) => name === 'vm');
    const qemu = processTree(status?.pid ?? 0).find(({ name }) => name.startsWith('qemu-'));
    const facts = readFileSync(`/proc/${qemu?.pid}/status`, 'utf8');
    const fact = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(facts)?.[1];
    expect(fact('NoNewPrivs')).toBe('1');
    expect(fact('Seccomp')).toBe('2');
    // The sandbox's filter, and QEMU's own.
    expect(Number(fact('Seccomp_filters'))).toBeGreaterThanOrEqual(2);
    expect(Number.parseInt(fact('CapEff') ?? 'f', 16)).toBe(0);
    expect(Number(fact('Uid'))).not.toBe(0);
    for (const space of ['net', 'mnt', 'pid', 'ipc', 'user', 'uts']) {
      const own = readlinkSync(`/proc/${qemu?.pid}/ns/${space}`);
      expect(own, space).not.toBe(readlinkSync(`/proc/self/ns/${space}`));
    }
    const root = `/proc/${qemu?.pid}/root`;
    for (const path of ['/root', '/srv', '/etc/shadow', '/tmp/.X11-unix', livery.directory]) {
      expect(existsSync(root + path), path).toBe(false);
    }
  });

  test('shows a terminal with its own pixels in the frame of its colour', async () => {
    terminal = await startTerminal('vm', 'in the machine', '60x12+40+80');
    await slowly(async () => {
      const { content } = await see(livery, terminal.window);
      return (await backgroundPixels(terminal)) > 0.9 * content.width * content.height;
    }, 'the terminal has painted itself');
    expect(await listingFaults(livery, terminal)).toEqual([]);
    expect(terminal.label).toBe('blue');
  });

  test('gets the keys that are typed into its window', async () => {
    const before = (await see(livery, terminal.window)).image;
    await livery.focus(terminal);
    await livery.screen.user.type('typed on the screen');
    await livery.screen.user.tap(KEYSYM.enter);
    await slowly(() => holds('vm', 'typed', 'typed on the screen'), 'the text has arrived');
    await slowly(async () => {
      const { image, content } = await see(livery, terminal.window);
      return image.differences(content, (x, y) => before.pixel(x, y) as number) > TEXT_PIXELS;
    }, 'its echo is on the screen');
  });

  test('follows the size that the screen gives its window', async () => {
    const { content, window } = terminal;
    livery.pager.moveResize(window, { ...content, width: 700, height: 300 });
    const resized = await livery.settled(async () => {
      const found = (await livery.windows()).find((one) => one.window === window);
      return found && found.content.width > 650 ? found : undefined;
    }, 'the window has another size');
    await slowly(async () => {
      const { width, height } = resized.content;
      return (await backgroundPixels(resized)) > 0.9 * width * height;
    }, 'the machine has painted all of it');
    expect(await listingFaults(livery, resized)).toEqual([]);
    terminal = resized;
  });

  test('takes text from a sandbox, and gives it some, by the chords', async () => {
    const box = await startTerminal('box', 'in the sandbox', '40x8+640+420');
    await livery.run('box', 'sh', '-c', 'printf "from the box" | xclip -selection clipboard -in');
    expect(await person.act('copy', box, files)).toMatchObject({ event: 'copied' });
    expect(await person.act('paste', terminal, files)).toMatchObject({ event: 'pasted' });
    const show = 'timeout 10 xclip -selection clipboard -out > ~/pasted';
    await slowly(async () => {
      await livery.run('vm', 'sh', '-c', show);
      return holds('vm', 'pasted', 'from the box');
    }, 'the text of the sandbox is in the machine');

    await livery.run('vm', 'sh', '-c', 'printf "from the vm" | xclip -selection clipboard -in');
    expect(await person.act('copy', terminal, files)).toMatchObject({ event: 'copied' });
    expect(await person.act('paste', box, files)).toMatchObject({ event: 'pasted' });
    await slowly(async () => {
      await livery.run('box', 'sh', '-c', show);
      return holds('box', 'pasted', 'from the vm');
    }, 'the text of the machine is in the sandbox');
    await savePicture('qemu.png');
  });

  test('closes a window when the person does', async () => {
    await livery.start('vm', 'xterm', '-geometry', '30x4+40+480', '-T', 'to be closed');
    const other = await livery.window('vm', 'to be closed');
    livery.pager.close(other.window);
    const titles = async () => (await livery.windows()).map(({ title }) => title);
    await slowly(async () => !(await titles()).includes('to be closed'), 'it has gone');
    expect(await titles()).toContain('in the machine');
  });

  test('shows all again when the daemon was killed and started again', async () => {
    const before = (await livery.windows()).map(({ qube, title }) => `${qube} ${title}`).sort();
    livery.daemon.signal('SIGKILL');
    await livery.daemon.ended;
    livery.forgetClient();
    await livery.startDaemon();
    await livery.connected();
    terminal = await livery.window('vm', 'in the machine');
    await livery.window('box', 'in the sandbox');
    const after = (await livery.windows()).map(({ qube, title }) => `${qube} ${title}`).sort();
    expect(after).toEqual(before);
    expect(await listingFaults(livery, terminal)).toEqual([]);
    await livery.focus(terminal);
    await livery.screen.user.type('again');
    await livery.screen.user.tap(KEYSYM.enter);
    const both = 'typed on the screen\nagain';
    await slowly(() => holds('vm', 'typed', both), 'keys arrive after it');
  });
});
