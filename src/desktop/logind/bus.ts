/**
 * One connection to a message bus over its unix socket: says who we are, calls
 * methods, hears signals. Other programs of this host can send anything
 * through the bus; what is too long is skipped unread.
 */
import { Emitter } from '../../base/emitter.ts';
import { native, type Stream } from '../../native/addon.ts';
import {
  type Call,
  encodeCall,
  MESSAGE,
  type Message,
  messageBytes,
  parseMessage,
} from './message.ts';

/** Longer ones are of no use to us. */
const MAX_MESSAGE_BYTES = 64 * 1024;
const MAX_HANDSHAKE_BYTES = 4096;
const READ_BYTES = 16 * 1024;
const BUS = 'org.freedesktop.DBus';

interface Waiting {
  resolve(reply: Message): void;
  reject(error: Error): void;
}

export class Bus implements Disposable {
  readonly #stream: Stream;
  readonly #signals = new Emitter<Message>();
  readonly #closings = new Emitter<string>();
  readonly #calls = new Map<number, Waiting>();
  readonly #buffer = Buffer.alloc(READ_BYTES);
  #unread: Buffer = Buffer.alloc(0);
  #skip = 0;
  #serial = 0;
  #welcome: (() => void) | undefined;
  #refused: ((error: Error) => void) | undefined;
  #closed = false;

  private constructor(stream: Stream) {
    this.#stream = stream;
  }

  /** Rejects when nobody listens there, or it does not take us. */
  static async connect(path: string): Promise<Bus> {
    const bus = new Bus(native().connectUnix(path));
    try {
      await bus.#greet();
      await bus.call(BUS, '/org/freedesktop/DBus', BUS, 'Hello');
      return bus;
    } catch (error) {
      bus[Symbol.dispose]();
      throw error;
    }
  }

  onSignal(listener: (signal: Message) => void): Disposable {
    return this.#signals.on(listener);
  }

  /** Called once when the bus ends the connection. */
  onClosed(listener: (reason: string) => void): Disposable {
    return this.#closings.on(listener);
  }

  /** Rejects when the answer is an error, or the bus goes. */
  call(
    destination: string,
    path: string,
    face: string,
    member: string,
    ...args: readonly (string | number)[]
  ): Promise<Message> {
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(new Error('the bus is gone'));
        return;
      }
      this.#serial++;
      const serial = this.#serial;
      const call: Call = { serial, destination, path, interface: face, member, arguments: args };
      this.#calls.set(serial, { resolve, reject });
      this.#stream.write(encodeCall(call));
    });
  }

  /** Asks for the signals that `rule` describes. */
  async addMatch(rule: string): Promise<void> {
    await this.call(BUS, '/org/freedesktop/DBus', BUS, 'AddMatch', rule);
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stream[Symbol.dispose]();
    const gone = new Error('the bus is gone');
    this.#refused?.(gone);
    for (const { reject } of this.#calls.values()) reject(gone);
    this.#calls.clear();
  }

  #greet(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#welcome = resolve;
      this.#refused = reject;
      this.#stream.start({
        readable: () => this.#read(),
        failed: () => this.#end('the bus closed the connection'),
      });
      const uid = Buffer.from(String(process.getuid?.() ?? 0), 'latin1').toString('hex');
      this.#stream.write(Buffer.from(`\0AUTH EXTERNAL ${uid}\r\n`, 'latin1'));
    });
  }

  #read(): void {
    while (!this.#closed) {
      const length = this.#stream.read(this.#buffer);
      if (length === 0) return;
      if (length < 0) {
        this.#end('the bus closed the connection');
        return;
      }
      const skipped = Math.min(this.#skip, length);
      this.#skip -= skipped;
      this.#unread = Buffer.concat([this.#unread, this.#buffer.subarray(skipped, length)]);
      try {
        if (this.#welcome) this.#handshake();
        else this.#messages();
      } catch {
        this.#end('what came from the bus could not be understood');
      }
    }
  }

  #handshake(): void {
    const end = this.#unread.indexOf('\r\n');
    if (end < 0) {
      if (this.#unread.length > MAX_HANDSHAKE_BYTES) this.#end('the bus says too much');
      return;
    }
    const line = this.#unread.toString('latin1', 0, end);
    this.#unread = this.#unread.subarray(end + 2);
    if (!line.startsWith('OK ')) {
      this.#end('the bus does not know us');
      return;
    }
    this.#stream.write(Buffer.from('BEGIN\r\n', 'latin1'));
    const welcome = this.#welcome;
    this.#welcome = undefined;
    this.#refused = undefined;
    welcome?.();
  }

  #messages(): void {
    for (;;) {
      const length = messageBytes(this.#unread);
      if (length === undefined) return;
      if (length > MAX_MESSAGE_BYTES) {
        const here = Math.min(length, this.#unread.length);
        this.#skip = length - here;
        this.#unread = this.#unread.subarray(here);
        continue;
      }
      if (this.#unread.length < length) return;
      const message = parseMessage(this.#unread.subarray(0, length));
      this.#unread = this.#unread.subarray(length);
      if (message) this.#handle(message);
      if (this.#closed) return;
    }
  }

  #handle(message: Message): void {
    if (message.type === MESSAGE.signal) {
      this.#signals.emit(message);
      return;
    }
    if (message.replySerial === undefined) return;
    const waiting = this.#calls.get(message.replySerial);
    this.#calls.delete(message.replySerial);
    if (message.type === MESSAGE.reply) waiting?.resolve(message);
    else waiting?.reject(new Error('the call was refused'));
  }

  #end(reason: string): void {
    if (this.#closed) return;
    this[Symbol.dispose]();
    this.#closings.emit(reason);
  }
}
