/**
 * As much of D-Bus's wire format as it takes to ask logind three questions and
 * to hear that the screen was locked: headers both ways, bodies only of fixed
 * shapes. Pure. What is read came through the bus from any program of this
 * host: every length is checked before it is used.
 */
export const MESSAGE = { call: 1, reply: 2, error: 3, signal: 4 } as const;

const LITTLE = 0x6c;
const BIG = 0x42;
const VERSION = 1;
const FIXED_BYTES = 16;
/** The bus's own limits. */
const MAX_FIELDS_BYTES = 1 << 26;
const MAX_TOTAL_BYTES = 1 << 27;

const FIELD = {
  path: 1,
  interface: 2,
  member: 3,
  replySerial: 5,
  destination: 6,
  sender: 7,
  signature: 8,
} as const;

export interface Call {
  readonly serial: number;
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  /** Each argument: text, or a number as u32. */
  readonly arguments: readonly (string | number)[];
}

export interface Message {
  readonly type: number;
  readonly path: string | undefined;
  readonly interface: string | undefined;
  readonly member: string | undefined;
  readonly replySerial: number | undefined;
  readonly sender: string | undefined;
  readonly signature: string;
  readonly body: Buffer;
  readonly littleEndian: boolean;
}

export function encodeCall(call: Call): Buffer {
  const body = new Writer();
  let signature = '';
  for (const value of call.arguments) {
    signature += typeof value === 'string' ? 's' : 'u';
    if (typeof value === 'string') body.text(value);
    else body.u32(value);
  }
  const fields = new Writer();
  const field = (code: number, type: string, write: (writer: Writer) => void): void => {
    fields.align(8);
    fields.bytes(code);
    fields.signature(type);
    write(fields);
  };
  field(FIELD.path, 'o', (writer) => writer.text(call.path));
  field(FIELD.interface, 's', (writer) => writer.text(call.interface));
  field(FIELD.member, 's', (writer) => writer.text(call.member));
  field(FIELD.destination, 's', (writer) => writer.text(call.destination));
  if (signature) field(FIELD.signature, 'g', (writer) => writer.signature(signature));
  const head = new Writer();
  head.bytes(LITTLE, MESSAGE.call, 0, VERSION);
  head.u32(body.length);
  head.u32(call.serial);
  head.u32(fields.length);
  head.raw(fields.done());
  head.align(8);
  head.raw(body.done());
  return head.done();
}

/**
 * Bytes of the message that begins here: undefined when not enough is there to
 * say. Throws when it is no message at all: the stream cannot be followed then.
 */
export function messageBytes(bytes: Buffer): number | undefined {
  if (bytes.length < FIXED_BYTES) return undefined;
  const order = bytes[0];
  if ((order !== LITTLE && order !== BIG) || bytes[3] !== VERSION) throw new Error('not D-Bus');
  const u32 = (at: number): number =>
    order === LITTLE ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
  const fieldsBytes = u32(12);
  if (fieldsBytes > MAX_FIELDS_BYTES || u32(4) > MAX_TOTAL_BYTES) throw new Error('too long');
  return FIXED_BYTES + aligned(fieldsBytes, 8) + u32(4);
}

/** A whole message; undefined when its header makes no sense. */
export function parseMessage(bytes: Buffer): Message | undefined {
  const reader = new Reader(bytes, bytes[0] === LITTLE);
  const found = new Map<number, string | number>();
  const bodyBytes = reader.u32At(4);
  const fieldsBytes = reader.u32At(12);
  const bodyAt = FIXED_BYTES + aligned(fieldsBytes, 8);
  if (bodyAt + bodyBytes !== bytes.length) return undefined;
  try {
    reader.at = FIXED_BYTES;
    while (reader.at < FIXED_BYTES + fieldsBytes) {
      reader.align(8);
      const code = reader.byte();
      const type = reader.signature();
      if (type === 'u') found.set(code, reader.u32());
      else if (type === 's' || type === 'o') found.set(code, reader.text());
      else if (type === 'g') found.set(code, reader.signature());
      // No field has another type, and one whose length is not known cannot be skipped.
      else return undefined;
    }
  } catch {
    return undefined;
  }
  const text = (code: number): string | undefined => {
    const value = found.get(code);
    return typeof value === 'string' ? value : undefined;
  };
  const replySerial = found.get(FIELD.replySerial);
  return {
    type: bytes[1] as number,
    path: text(FIELD.path),
    interface: text(FIELD.interface),
    member: text(FIELD.member),
    replySerial: typeof replySerial === 'number' ? replySerial : undefined,
    sender: text(FIELD.sender),
    signature: text(FIELD.signature) ?? '',
    body: bytes.subarray(bodyAt),
    littleEndian: bytes[0] === LITTLE,
  };
}

/** The body `s` or `o`; undefined when it is another one. */
export function textOf(message: Message): string | undefined {
  if (message.signature !== 's' && message.signature !== 'o') return undefined;
  return read(message, (reader) => reader.text());
}

/** The body `v` holding a boolean. */
export function booleanOf(message: Message): boolean | undefined {
  if (message.signature !== 'v') return undefined;
  return read(message, (reader) => (reader.signature() === 'b' ? reader.u32() === 1 : undefined));
}

/** The path in the body `v` holding `(so)`, logind's way to name a session. */
export function namedPathOf(message: Message): string | undefined {
  if (message.signature !== 'v') return undefined;
  return read(message, (reader) => {
    if (reader.signature() !== '(so)') return undefined;
    reader.align(8);
    return reader.text() === '' ? undefined : reader.text();
  });
}

function read<T>(message: Message, use: (reader: Reader) => T): T | undefined {
  try {
    return use(new Reader(message.body, message.littleEndian));
  } catch {
    return undefined;
  }
}

function aligned(at: number, to: number): number {
  return Math.ceil(at / to) * to;
}

/** Throws RangeError at the end of the bytes. */
class Reader {
  at = 0;
  readonly #bytes: Buffer;
  readonly #little: boolean;

  constructor(bytes: Buffer, little: boolean) {
    this.#bytes = bytes;
    this.#little = little;
  }

  align(to: number): void {
    this.at = aligned(this.at, to);
  }

  byte(): number {
    return this.#bytes.readUInt8(this.at++);
  }

  u32At(at: number): number {
    return this.#little ? this.#bytes.readUInt32LE(at) : this.#bytes.readUInt32BE(at);
  }

  u32(): number {
    this.align(4);
    const value = this.u32At(this.at);
    this.at += 4;
    return value;
  }

  text(): string {
    return this.#take(this.u32());
  }

  signature(): string {
    return this.#take(this.byte());
  }

  #take(length: number): string {
    const end = this.at + length;
    // The NUL behind it belongs to it.
    if (end >= this.#bytes.length) throw new RangeError('text beyond the end');
    const text = this.#bytes.toString('utf8', this.at, end);
    this.at = end + 1;
    return text;
  }
}

class Writer {
  readonly #parts: Buffer[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  raw(bytes: Buffer): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
  }

  bytes(...values: readonly number[]): void {
    this.raw(Buffer.from(values));
  }

  align(to: number): void {
    this.raw(Buffer.alloc(aligned(this.#length, to) - this.#length));
  }

  u32(value: number): void {
    this.align(4);
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    this.raw(bytes);
  }

  text(value: string): void {
    const bytes = Buffer.from(value, 'utf8');
    this.u32(bytes.length);
    this.raw(bytes);
    this.bytes(0);
  }

  signature(value: string): void {
    this.bytes(value.length, ...Buffer.from(value, 'latin1'), 0);
  }

  done(): Buffer {
    return Buffer.concat(this.#parts);
  }
}
