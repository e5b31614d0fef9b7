/**
 * A real, private message bus with a scripted logind on it: owns
 * org.freedesktop.login1, answers the three questions that are asked of it, and
 * sends the signals that a test wants.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeCall, messageBytes, parseMessage } from '../../../src/desktop/logind/message.ts';
import { native, type Stream } from '../../../src/native/addon.ts';
import { waitUntil } from '../../rig/rig.ts';

const SESSION = 'org.freedesktop.login1.Session';
const PROPERTIES = 'org.freedesktop.DBus.Properties';

export class PrivateBus implements AsyncDisposable {
  readonly socket: string;
  readonly #directory: string;
  readonly #child: ChildProcess;

  private constructor(directory: string, socket: string, child: ChildProcess) {
    this.#directory = directory;
    this.socket = socket;
    this.#child = child;
  }

  get address(): string {
    return `unix:path=${this.socket}`;
  }

  static async start(): Promise<PrivateBus> {
    const directory = mkdtempSync(join(tmpdir(), 'livery-bus-'));
    const socket = join(directory, 'bus');
    const config = join(directory, 'bus.conf');
    writeFileSync(
      config,
      `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=${socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`,
    );
    const child = spawn(
      'dbus-daemon',
      ['--nofork', '--print-address=1', `--config-file=${config}`],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => reject(new Error('the bus ended')));
      child.stdout?.once('data', () => resolve());
    });
    return new PrivateBus(directory, socket, child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill();
    await ended;
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

export interface LogindScript {
  /** What GetSessionByPID says; undefined = refused. */
  readonly own?: string;
  /** GetSession, by its argument. */
  readonly sessions?: Readonly<Record<string, string>>;
  /** The user's Display: its path. */
  readonly display?: string;
}

export class ScriptedLogind implements Disposable {
  /** `member` of every call that came. */
  readonly asked: string[] = [];
  hint = false;
  readonly #script: LogindScript;
  readonly #stream: Stream;
  #unread: Buffer = Buffer.alloc(0);
  #ready = false;
  #named = false;
  #serial = 10;

  private constructor(script: LogindScript, stream: Stream) {
    this.#script = script;
    this.#stream = stream;
  }

  static async start(bus: PrivateBus, script: LogindScript, name = true): Promise<ScriptedLogind> {
    const logind = new ScriptedLogind(script, native().connectUnix(bus.socket));
    logind.#begin();
    await waitUntil(() => logind.#ready, 'the bus took it');
    const call = (serial: number, member: string, ...args: (string | number)[]): void => {
      const to = 'org.freedesktop.DBus';
      const path = '/org/freedesktop/DBus';
      const arguments_ = { arguments: args };
      const bytes = encodeCall({
        serial,
        destination: to,
        path,
        interface: to,
        member,
        ...arguments_,
      });
      logind.#stream.write(bytes);
    };
    call(1, 'Hello');
    if (name) call(2, 'RequestName', 'org.freedesktop.login1', 0);
    await waitUntil(() => logind.#named, 'it has its name');
    return logind;
  }

  /** To everybody who asked for it, or straight `to` a connection's name. */
  signal(path: string, face: string, member: string, to?: string): void {
    const fields: Field[] = [
      [1, 'o', path],
      [2, 's', face],
      [3, 's', member],
    ];
    if (to) fields.push([6, 's', to]);
    this.#stream.write(encode(4, ++this.#serial, fields, Buffer.alloc(0)));
  }

  lock(path: string): void {
    this.signal(path, SESSION, 'Lock');
  }

  changeHint(path: string, locked: boolean): void {
    this.hint = locked;
    this.signal(path, PROPERTIES, 'PropertiesChanged');
  }

  /** More than anybody reads. */
  flood(to: string, bytes: number): void {
    const body = Buffer.alloc(bytes, 0x61);
    body.writeUInt32LE(bytes - 5);
    body[bytes - 1] = 0;
    const fields: Field[] = [
      [1, 'o', '/flood'],
      [2, 's', 'a.b'],
      [3, 's', 'C'],
      [6, 's', to],
      [8, 'g', 's'],
    ];
    this.#stream.write(encode(4, ++this.#serial, fields, body));
  }

  [Symbol.dispose](): void {
    this.#stream[Symbol.dispose]();
  }

  #begin(): void {
    const buffer = Buffer.alloc(4096);
    this.#stream.start({
      readable: () => {
        for (let n = this.#stream.read(buffer); n > 0; n = this.#stream.read(buffer)) {
          this.#unread = Buffer.concat([this.#unread, buffer.subarray(0, n)]);
        }
        this.#take();
      },
    });
    const uid = Buffer.from(String(process.getuid?.() ?? 0)).toString('hex');
    this.#stream.write(Buffer.from(`\0AUTH EXTERNAL ${uid}\r\n`));
  }

  #take(): void {
    if (!this.#ready) {
      const end = this.#unread.indexOf('\r\n');
      if (end < 0) return;
      this.#unread = this.#unread.subarray(end + 2);
      this.#stream.write(Buffer.from('BEGIN\r\n'));
      this.#ready = true;
    }
    for (let n = messageBytes(this.#unread); n !== undefined; n = messageBytes(this.#unread)) {
      if (this.#unread.length < n) return;
      const bytes = this.#unread.subarray(0, n);
      this.#unread = this.#unread.subarray(n);
      this.#message(bytes);
    }
  }

  #message(bytes: Buffer): void {
    const message = parseMessage(bytes);
    if (!message) throw new Error('not understood');
    if (message.type === 2 && (message.replySerial ?? 0) >= 1) this.#named = true;
    if (message.type !== 1 || !message.sender) return;
    this.asked.push(message.member ?? '');
    const reply = this.#answer(message.member, message.body);
    const serial = bytes.readUInt32LE(8);
    const fields: Field[] = [
      [5, 'u', serial],
      [6, 's', message.sender],
    ];
    if (!reply) {
      fields.push([4, 's', 'org.freedesktop.login1.NoSessionForPID']);
      this.#stream.write(encode(3, ++this.#serial, fields, Buffer.alloc(0)));
      return;
    }
    fields.push([8, 'g', reply.signature]);
    this.#stream.write(encode(2, ++this.#serial, fields, reply.body));
  }

  #answer(
    member: string | undefined,
    body: Buffer,
  ): { signature: string; body: Buffer } | undefined {
    const { own, sessions, display } = this.#script;
    const path = (text: string | undefined) =>
      text === undefined ? undefined : { signature: 'o', body: text0(text) };
    if (member === 'GetSessionByPID') return path(own);
    if (member === 'GetSession') {
      return path(sessions?.[body.toString('latin1', 4, 4 + body.readUInt32LE(0))]);
    }
    if (member !== 'Get') return undefined;
    if (body.includes('LockedHint')) {
      const value = Buffer.from([1, 0x62, 0, 0, this.hint ? 1 : 0, 0, 0, 0]);
      return { signature: 'v', body: value };
    }
    if (display === undefined) return undefined;
    const head = Buffer.concat([Buffer.from([4]), Buffer.from('(so)\0\0\0')]);
    return { signature: 'v', body: Buffer.concat([head, padded(text0('c2'), 4), text0(display)]) };
  }
}

type Field = readonly [code: number, type: string, value: string | number];

function text0(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(`${text}\0`)]);
}

function padded(bytes: Buffer, to: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((to - (bytes.length % to)) % to)]);
}

function encode(type: number, serial: number, fields: readonly Field[], body: Buffer): Buffer {
  let list = Buffer.alloc(0);
  for (const [code, kind, value] of fields) {
    const head = Buffer.from([code, 1, kind.charCodeAt(0), 0]);
    let bytes: Buffer;
    if (typeof value === 'number') {
      bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(value);
    } else if (kind === 'g') bytes = Buffer.from([value.length, ...Buffer.from(value), 0]);
    else bytes = text0(value);
    list = Buffer.concat([padded(list, 8), head, bytes]);
  }
  const fixed = Buffer.alloc(16);
  fixed[0] = 0x6c;
  fixed[1] = type;
  fixed[3] = 1;
  fixed.writeUInt32LE(body.length, 4);
  fixed.writeUInt32LE(serial, 8);
  fixed.writeUInt32LE(list.length, 12);
  return Buffer.concat([padded(Buffer.concat([fixed, list]), 8), body]);
}
