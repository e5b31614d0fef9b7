/**
 * A text that a qube sent and another one got is nowhere in the memory of the
 * process between them but in its vault, and nowhere at all after a wipe;
 * whatever way it came, and however its conversation ended.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { encodeFromVm } from '../../../src/protocol/encode.ts';
import { NEWEST, type Version } from '../../../src/protocol/version.ts';
import { eventually } from '../../rig/eventually.ts';
import { scanMemory } from '../../rig/memory-scan.ts';
import { ScriptedAgent } from '../../rig/scripted-agent.ts';
import { create, damage, map, W } from './stage.ts';

const SCRIPT = fileURLToPath(new URL('clipboard-daemon.mjs', import.meta.url));
/** By the promise: this long after a wipe nothing is left. */
const AFTER_WIPE_MS = 100;

class Stage implements AsyncDisposable {
  readonly secret = randomBytes(4096);
  readonly said: string[] = [];
  readonly #directory: string;
  readonly source: ScriptedAgent;
  readonly target: ScriptedAgent;
  readonly #child: ChildProcess;
  #errors = '';

  private constructor(directory: string, source: ScriptedAgent, target: ScriptedAgent) {
    this.#directory = directory;
    this.source = source;
    this.target = target;
    this.#child = spawn(process.execPath, [SCRIPT, source.path, target.path], { stdio: 'pipe' });
    const { stdout, stderr } = this.#child;
    if (!stdout || !stderr) throw new Error('its output is no pipe');
    createInterface({ input: stdout }).on('line', (line) => this.said.push(JSON.parse(line)));
    stderr.on('data', (bytes) => {
      this.#errors += String(bytes);
    });
  }

  static async open(version: Version | null = NEWEST): Promise<Stage> {
    const directory = mkdtempSync(join(tmpdir(), 'livery-secret-'));
    const source = await ScriptedAgent.listen(join(directory, 'a.sock'), { version });
    const target = await ScriptedAgent.listen(join(directory, 'b.sock'));
    const stage = new Stage(directory, source, target);
    await target.ready();
    target.send(create(W), map(W));
    if (version === null) await eventually(() => source.connected || undefined, 'the connection');
    else {
      await source.ready();
      source.send(create(W), map(W));
    }
    return stage;
  }

  /** The text as a message of the source. */
  get message(): Buffer {
    return Buffer.from(
      encodeFromVm({ name: 'clipboardData', window: W, data: this.secret }, NEWEST),
    );
  }

  async hear(line: string): Promise<void> {
    const what = () => `'${line}'; so far: ${this.said.join(', ')} ${this.#errors}`;
    await eventually(() => this.said.includes(line) || undefined, what());
  }

  order(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** The pieces of the text that are there, in bytes. */
  pieces(): number[] {
    const { findings, bytes } = scanMemory(this.#child.pid as number, this.secret);
    expect(bytes).toBeGreaterThan(4 << 20);
    return findings.map(({ length }) => length);
  }

  async wiped(): Promise<number[]> {
    this.order('wipe');
    await this.hear('wiped');
    await new Promise((done) => setTimeout(done, AFTER_WIPE_MS));
    return this.pieces();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'close');
    this.#child.stdin?.end();
    const [code] = await ended;
    await this.source[Symbol.asyncDispose]();
    await this.target[Symbol.asyncDispose]();
    rmSync(this.#directory, { recursive: true, force: true });
    expect({ errors: this.#errors, code }).toEqual({ errors: '', code: 0 });
  }
}

/** Damage that fills the reader's buffer, so that it moves and grows around what follows. */
function filler(count: number): Buffer {
  const one = encodeFromVm(damage(W, 0, 0, 1, 1), NEWEST);
  return Buffer.concat(Array.from({ length: count }, () => one));
}

describe('a text between two qubes', () => {
  it('lies in the vault alone, is delivered, and is gone after a wipe', async () => {
    await using s = await Stage.open();
    s.source.sendRaw(s.message);
    await s.hear('stored 4096');
    expect(s.pieces()).toEqual([4096]);
    s.order(`deliver ${W}`);
    await s.hear('sent true');
    const [delivered] = await s.target.hear('clipboardData');
    expect(delivered?.window).toBe(W);
    expect(s.secret.equals(delivered?.data ?? new Uint8Array())).toBe(true);
    expect(s.pieces()).toEqual([4096]);
    expect(await s.wiped()).toEqual([]);
  });

  it('is not sent to a window that is not there', async () => {
    await using s = await Stage.open();
    s.source.sendRaw(s.message);
    await s.hear('stored 4096');
    s.order(`deliver ${(W as number) + 1}`);
    await s.hear('sent false');
    expect(await s.wiped()).toEqual([]);
    expect(s.target.heard('clipboardData')).toEqual([]);
  });

  it.each([
    ['in many parts', 0, 100],
    ['in two parts, behind what fills the buffer', 120, 2048],
    ['in two parts, behind more than fills it', 3000, 2048],
  ])('leaves nothing behind when it comes %s', async (_, before, partBytes) => {
    await using s = await Stage.open();
    const all = Buffer.concat([filler(before), s.message]);
    const head = all.length - s.message.length + partBytes;
    s.source.sendRaw(all.subarray(0, head));
    for (let at = head; at < all.length; at += partBytes) {
      await s.source.flushed();
      await new Promise((done) => setTimeout(done, 2));
      s.source.sendRaw(all.subarray(at, at + partBytes));
    }
    await s.hear('stored 4096');
    expect(s.pieces()).toEqual([4096]);
    expect(await s.wiped()).toEqual([]);
  });

  it('leaves nothing behind when it comes with the greeting', async () => {
    await using s = await Stage.open(null);
    s.source.sendRaw(Buffer.concat([greeting(1, 8), s.message]));
    await s.hear('stored 4096');
    expect(s.pieces()).toEqual([4096]);
    expect(await s.wiped()).toEqual([]);
  });
});

describe('a text whose conversation ends', () => {
  it('in the middle of it leaves nothing behind', async () => {
    await using s = await Stage.open();
    s.source.sendRaw(s.message.subarray(0, 4000));
    s.source.hangUp();
    await s.hear('ended CHANNEL_CLOSED');
    expect(s.pieces()).toEqual([]);
  });

  it('by a broken rule before it leaves nothing behind', async () => {
    await using s = await Stage.open();
    const unknown = Buffer.alloc(12);
    unknown.writeUInt32LE(123);
    s.source.sendRaw(Buffer.concat([unknown, s.message]));
    await s.hear('ended GUI_TYPE');
    expect(s.pieces()).toEqual([]);
  });

  it('by a wrong greeting before it leaves nothing behind', async () => {
    await using s = await Stage.open(null);
    s.source.sendRaw(Buffer.concat([greeting(9, 0), s.message]));
    await s.hear('ended GUI_VERSION');
    expect(s.pieces()).toEqual([]);
  });
});

function greeting(major: number, minor: number): Buffer {
  const word = Buffer.alloc(4);
  word.writeUInt32LE((major << 16) | minor);
  return word;
}
