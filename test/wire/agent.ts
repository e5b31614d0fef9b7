/**
 * The agent's own process as the keeper starts it, with inherited sockets and
 * pool, its real X server, and scripted daemons that connect to it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { VmWindowId } from '../../src/base/ids.ts';
import { type Fd, type Listener, native } from '../../src/native/addon.ts';
import { XConnection } from '../../src/x11/connection.ts';
import { localDisplay } from '../../src/x11/display.ts';
import { findCookie } from '../../src/x11/xauthority.ts';
import { Program, type WindowSpec } from '../e2e/agent/program.ts';
import { ScriptedAsker } from '../e2e/agent/scripted-asker.ts';
import { type DaemonOptions, ScriptedDaemon } from '../e2e/agent/scripted-daemon.ts';
import { checkAgentStream } from '../e2e/agent/stream-checker.ts';
import { waitUntil } from '../rig/wait.ts';
import { vectorBytes } from '../unit/protocol/golden.ts';
import { decodeDaemon } from '../unit/protocol/support.ts';

const SCRIPT = fileURLToPath(new URL('../../dist/bin/livery.js', import.meta.url));
const POOL_BYTES = 64 * 1024 * 1024;

export class WireAgent implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'livery-wire-agent-'));
  readonly guiPath = join(this.directory, 'gui.sock');
  readonly pool: Fd;
  readonly pages = POOL_BYTES / 4096;
  readonly #owned: Listener[];
  readonly #child: ChildProcess;
  readonly #closers: (() => void)[] = [];
  readonly #ended: Promise<void>;
  #said = '';
  #over = false;
  #service: ScriptedAsker | undefined;

  private constructor(args: readonly string[], pool: Fd) {
    this.pool = pool;
    const gui = native().listenUnix(this.guiPath);
    const service = native().listenUnix(join(this.directory, 'service.sock'));
    this.#owned = [gui, service];
    this.#child = spawn(process.execPath, [SCRIPT, 'agent', ...args], {
      env: {
        PATH: process.env.PATH,
        HOME: this.directory,
        XDG_RUNTIME_DIR: join(this.directory, 'run'),
        LIVERY_AGENT_GUI_FD: '3',
        LIVERY_AGENT_SERVICE_FD: '4',
        LIVERY_AGENT_POOL_FD: '5',
      },
      stdio: ['pipe', 'pipe', 'pipe', gui.fd.number, service.fd.number, this.pool.number],
    });
    const { stdout, stderr } = this.#child;
    stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text;
    });
    stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text;
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once('close', () => {
        this.#over = true;
        resolve();
      });
    });
  }

  /** `minor`: the newest version that it offers; `pool` is owned from now on. */
  static async start(
    minor = 8,
    pool = native().createPool('wire-agent', POOL_BYTES),
  ): Promise<WireAgent> {
    const agent = new WireAgent(['--screen', '1920x1080', '--protocol', `1.${minor}`], pool);
    await waitUntil(() => /^ready$/m.test(agent.#said), 'the agent is ready', {
      until: agent.#ended,
    });
    return agent;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Its diagnostics so far. */
  get said(): string {
    return this.#said;
  }

  /** A connection on which the test says every byte; the agent has said its version. */
  async plain(): Promise<PlainDaemon> {
    for (;;) {
      const plain = new PlainDaemon(this.guiPath);
      this.#closers.push(() => plain[Symbol.dispose]());
      await waitUntil(() => plain.bytes.length >= 4 || plain.ended, 'the agent answers');
      if (plain.bytes.length >= 4) return plain;
    }
  }

  /** A daemon that is through the handshake. */
  async daemon(options: DaemonOptions = {}): Promise<ScriptedDaemon> {
    for (;;) {
      const daemon = new ScriptedDaemon(this.guiPath, { width: 1920, height: 1080, ...options });
      this.#closers.push(() => daemon[Symbol.dispose]());
      // While the agent has not noticed that the one before went, it turns others away.
      await waitUntil(() => daemon.version !== undefined || daemon.ended, 'the agent answers');
      if (daemon.version) return daemon;
    }
  }

  /** Starts a program in the qube. */
  async run(...argv: string[]): Promise<number> {
    if (!this.#service) {
      const service = new ScriptedAsker(join(this.directory, 'service.sock'));
      this.#closers.push(() => service[Symbol.dispose]());
      this.#service = await service.connected();
    }
    return this.#service.run(argv);
  }

  /** DISPLAY and XAUTHORITY in the qube. */
  get env(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      DISPLAY: `:${this.#display()}`,
      XAUTHORITY: join(this.directory, 'run', 'livery-x', 'Xauthority'),
    };
  }

  /** A client of the qube's X server. */
  async client(): Promise<XConnection> {
    const display = localDisplay(this.#display());
    const cookie = findCookie(display, this.env.XAUTHORITY);
    return XConnection.open(display, { name: 'qube program', cookie });
  }

  /** The number of the X server, which is a child of the agent. */
  #display(): number {
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
        if (Number(stat.split(') ')[1]?.split(' ')[1]) !== this.#child.pid) continue;
        const words = readFileSync(`/proc/${name}/cmdline`, 'latin1');
        const found = /Xvfb\0:(\d+)/.exec(words);
        if (found) return Number(found[1]);
      } catch {
        // It ended while we looked.
      }
    }
    throw new Error('the qube has no X server');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closers.reverse()) close();
    this.#child.stdin?.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await this.#ended;
    clearTimeout(timer);
    for (const owned of this.#owned) owned[Symbol.dispose]();
    this.pool[Symbol.dispose]();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A connection to an agent that says only what the test says. */
export class PlainDaemon implements Disposable {
  bytes = Buffer.alloc(0);
  ended = false;
  readonly #stream;

  constructor(path: string) {
    this.#stream = native().connectUnix(path);
    const chunk = new Uint8Array(65_536);
    this.#stream.start({
      readable: () => {
        const length = this.#stream.read(chunk);
        if (length < 0) this.ended = true;
        else this.bytes = Buffer.concat([this.bytes, chunk.subarray(0, length)]);
      },
    });
  }

  say(bytes: Uint8Array): void {
    this.#stream.write(bytes);
  }

  [Symbol.dispose](): void {
    this.#stream[Symbol.dispose]();
  }
}

/** One daemon, one program of the qube with one window, and the vectors said to that window. */
export class Talk implements AsyncDisposable {
  readonly agent: WireAgent;
  readonly daemon: ScriptedDaemon;
  readonly program: Program;
  readonly window: VmWindowId;

  private constructor(
    agent: WireAgent,
    daemon: ScriptedDaemon,
    program: Program,
    window: VmWindowId,
  ) {
    this.agent = agent;
    this.daemon = daemon;
    this.program = program;
    this.window = window;
  }

  static async begin(
    agent: WireAgent,
    spec: WindowSpec = {},
    options: DaemonOptions = {},
  ): Promise<Talk> {
    const program = new Program(await agent.client());
    const daemon = await agent.daemon(options);
    const window = program.window({ x: 200, y: 100, width: 300, height: 200, ...spec });
    const mapped = spec.mapped ?? true;
    const wanted = mapped ? 'shmImage' : 'create';
    try {
      await daemon.expect(wanted, (one) => one.window === window);
    } catch (error) {
      // Otherwise the agent would turn away the daemons of all that follows.
      daemon[Symbol.dispose]();
      program.x[Symbol.dispose]();
      const log = daemon.log.map(({ by, message }) => `${by}: ${message.name}`).join(', ');
      throw new Error(`no ${wanted} of window ${window}; ${log}; ${agent.said}`, { cause: error });
    }
    return new Talk(agent, daemon, program, window);
  }

  /** The bytes of a vector, with this window in the place of the vectors' window. */
  bytes(id: string): Buffer {
    const bytes = Buffer.from(vectorBytes(id));
    for (let at = 0; at + 12 <= bytes.length; at += 12 + bytes.readUInt32LE(at + 8)) {
      if (bytes.readUInt32LE(at + 4) === 0x0040_0007) bytes.writeUInt32LE(this.window, at + 4);
    }
    return bytes;
  }

  say(id: string): void {
    this.sayBytes(this.bytes(id));
  }

  /** Whole messages; what an answer may refer to is noted for the check of the stream. */
  sayBytes(bytes: Uint8Array): void {
    for (const message of decodeDaemon(bytes)) {
      if (message.name === 'configure' || message.name === 'clipboardRequest') {
        this.daemon.log.push({ by: 'daemon', message });
      }
    }
    this.daemon.sendRaw(bytes);
  }

  /** Gives the window the focus. */
  async focus(): Promise<void> {
    const seen = this.program.of('FocusIn').length;
    this.daemon.send({ name: 'focus', window: this.window, focused: true, mode: 0, detail: 3 });
    await waitUntil(() => this.program.of('FocusIn').length > seen, 'it has the focus');
  }

  /** Everything that was said has been carried out, and the stream is in step. */
  async inStep(): Promise<void> {
    const { daemon, window } = this;
    const x = this.#fence++;
    daemon.send({ name: 'motion', window, x, y: 1, state: 0 });
    await this.program.expect('MotionNotify', (event) => event.x === x && event.y === 1);
    await this.program.x.sync();
  }
  #fence = 30;

  async [Symbol.asyncDispose](): Promise<void> {
    const { version, ended, log } = this.daemon;
    this.program.x[Symbol.dispose]();
    this.daemon[Symbol.dispose]();
    expect(this.agent.over).toBe(false);
    if (ended || !version) return;
    expect(checkAgentStream(log, { version, pages: this.agent.pages })).toEqual([]);
  }
}
