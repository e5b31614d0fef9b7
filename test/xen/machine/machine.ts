/**
 * A machine of QEMU's software emulation that boots Xen and a dom0. What its
 * consoles say goes to a log; it ends with this process at the latest.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  type WriteStream,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { waitUntil } from '../../rig/wait.ts';
import type { XenImage } from '../image/build.ts';
import { TEST_PORT } from '../image/init.ts';
import { Link } from './link.ts';

/** MiB of the machine, and of them dom0's. */
const MEMORY_MIB = 1376;
const DOM0_MIB = 640;
/** Of QEMU itself: for what it has translated. */
const TRANSLATED_MIB = 384;
/** The cheapest to emulate that has what the picture library of the renderer asks for. */
const PROCESSOR = 'qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt';
const BOOT_MS = 180_000;
const END_MS = 20_000;

const HYPERVISOR = [
  'com1=115200,8n1 console=com1 conring_size=1M loglvl=warning guest_loglvl=error',
  `dom0_mem=${DOM0_MIB}M,max:${DOM0_MIB}M dom0_max_vcpus=1`,
  'spec-ctrl=no xpti=no cpufreq=none watchdog=0',
].join(' ');
/** A panic ends the machine at once. Without `rodata=off` each kernel looks 2 s longer at its pages. */
export const KERNEL = 'console=hvc0 quiet loglevel=4 mitigations=off nokaslr rodata=off';

function qemuArguments(image: XenImage, socket: string): string[] {
  const kernel = `${KERNEL} panic=1 livery.role=dom0`;
  const disk = (file: string): string[] => [
    '-drive',
    `file=${file},format=raw,if=virtio,readonly=on`,
  ];
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-vga', 'none', '-no-reboot'],
    ...[
      '-accel',
      `tcg,thread=multi,tb-size=${TRANSLATED_MIB}`,
      '-cpu',
      PROCESSOR,
      '-smp',
      '2',
      '-m',
      `${MEMORY_MIB}M`,
    ],
    ...['-serial', 'stdio', '-monitor', 'none'],
    // QEMU's multiboot loader: the hypervisor, then its modules with their arguments.
    ...['-kernel', image.hypervisor, '-append', HYPERVISOR],
    ...['-initrd', `${image.kernel} ${kernel.replaceAll(',', ',,')},${image.archive}`],
    ...disk(image.system),
    ...disk(image.own),
    ...[
      '-device',
      'virtio-serial-pci',
      '-chardev',
      `socket,id=test,path=${socket},server=on,wait=off`,
    ],
    ...['-device', `virtserialport,chardev=test,name=${TEST_PORT}`],
  ];
}

export interface MachineOptions {
  readonly image: XenImage;
  readonly logFile: string;
}

export class Machine implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'livery-xen-'));
  readonly ended: Promise<string>;
  readonly startedMs = performance.now();
  /** Lines of all consoles so far. */
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #log: WriteStream;
  readonly #servers: Server[] = [];
  #link: Link | undefined;

  constructor({ image, logFile }: MachineOptions) {
    mkdirSync(dirname(logFile), { recursive: true });
    this.#log = createWriteStream(logFile);
    const qemu = ['qemu-system-x86_64', ...qemuArguments(image, this.#socket)];
    // The kernel ends it when this process is killed.
    this.#child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...qemu], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { stdout, stderr } = this.#child;
    for (const input of [stdout, stderr]) {
      if (input) createInterface({ input }).on('line', (line) => this.note('machine', line));
    }
    this.ended = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(error.message));
      this.#child.once('close', (code, signal) => resolve(`${signal ?? `exit code ${code}`}`));
    });
  }

  get #socket(): string {
    return join(this.directory, 'test.sock');
  }

  get link(): Link {
    if (!this.#link) throw new Error('the machine is not up');
    return this.#link;
  }

  get seconds(): number {
    return (performance.now() - this.startedMs) / 1000;
  }

  /** Largest memory that QEMU had, in MiB. */
  get peakMib(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) / 1024);
  }

  /** A line for the log. */
  note(who: string, text: string): void {
    for (const line of text.replace(/\n$/, '').split('\n')) {
      this.lines.push(`[${who}] ${line}`);
      this.#log.write(`${this.seconds.toFixed(2).padStart(7)} [${who}] ${line}\n`);
    }
  }

  /** Resolves when dom0 is up and takes orders. */
  async boot(): Promise<Link> {
    const dead = this.ended.then((how) => {
      throw new Error(`the machine ended: ${how}\n${this.tail()}`);
    });
    dead.catch(() => {});
    await Promise.race([
      dead,
      waitUntil(() => this.#says('dom0 is up'), 'dom0 is up', {
        limitMs: BOOT_MS,
        until: this.ended,
      }),
    ]);
    this.#link = new Link(this.#socket);
    const late = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error(`dom0 does not answer\n${this.tail()}`)), BOOT_MS).unref();
    });
    await Promise.race([dead, late, this.#link.ready]);
    return this.#link;
  }

  #says(text: string): boolean {
    return this.lines.some((line) => line.includes(text));
  }

  /** Resolves when a line of the log that begins so fits. */
  async says(beginning: string, pattern: RegExp): Promise<void> {
    const look = () => this.lines.some((one) => one.startsWith(beginning) && pattern.test(one));
    await waitUntil(look, `the log says ${pattern}`, { limitMs: BOOT_MS, until: this.ended });
  }

  tail(lines = 25): string {
    return this.lines.slice(-lines).join('\n');
  }

  /** A socket of this host that leads to the one at `inside` in dom0. */
  async tunnel(name: string, inside: string): Promise<string> {
    const path = join(this.directory, name);
    const server = createServer((socket) => this.link.join(socket, inside));
    this.#servers.push(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) server.close();
    this.#link?.[Symbol.dispose]();
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), END_MS);
      this.#child.kill('SIGTERM');
      await this.ended;
      clearTimeout(timer);
    }
    await new Promise<void>((resolve) => this.#log.end(resolve));
    rmSync(this.directory, { recursive: true, force: true });
  }
}
