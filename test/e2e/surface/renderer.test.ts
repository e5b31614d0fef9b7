/** The life of the renderer: pictures, secrets, crashes, hangs and its end. */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { native } from '../../../src/native/addon.ts';
import type { Picture } from '../../../src/surface/picture.ts';
import { eventually } from '../../rig/eventually.ts';
import { alive, childrenOf, drawing, gone, pssOf, startRenderer, svg } from './renderer-rig.ts';

function pixelOf(picture: Picture, x: number, y: number): number {
  const bytes = Buffer.alloc(4);
  native().readAt(picture.fd, bytes, y * picture.stride + x * 4);
  return bytes.readUIntLE(0, 3);
}

function secret(text: string, width = 420, height = 120) {
  const bytes = new Uint8Array(Buffer.from(svg(text, width, height)));
  return { svg: bytes, width, height, wipe: () => void bytes.fill(0) };
}

const isWiped = ({ svg: bytes }: { svg: Uint8Array }): boolean => bytes.every((byte) => byte === 0);

describe('pictures', () => {
  it('come in BGRX, in memory of ours that cannot shrink', async () => {
    await using renderer = await startRenderer();
    using picture = await renderer.client.render(drawing('text'));
    expect([picture.width, picture.height, picture.stride]).toEqual([420, 120, 1680]);
    expect(pixelOf(picture, 400, 100)).toBe(0x336699);
    const { regular, sizeBytes, seals } = native().memoryFacts(picture.fd);
    expect({ regular, sizeBytes, seals }).toEqual({ regular: true, sizeBytes: 201_600, seals: 7 });
  });

  it('are drawn one after the other, each as it was asked for', async () => {
    await using renderer = await startRenderer();
    const colors = Array.from({ length: 12 }, (_, at) => 0x101010 * (at + 1));
    const pictures = await Promise.all(
      colors.map((color) => {
        const fill = `#${color.toString(16).padStart(6, '0')}`;
        return renderer.client.render({ svg: svg('', 20, 20, fill), width: 20, height: 20 });
      }),
    );
    expect(pictures.map((picture) => pixelOf(picture, 10, 10))).toEqual(colors);
    for (const picture of pictures) picture[Symbol.dispose]();
    expect(renderer.workers('permanent').length).toBe(1);
  });

  it('have the same letters after many others', async () => {
    await using renderer = await startRenderer();
    const read = async (text: string): Promise<Buffer> => {
      using picture = await renderer.client.render(drawing(text));
      const bytes = Buffer.alloc(picture.stride * picture.height);
      native().readAt(picture.fd, bytes, 0);
      return bytes;
    };
    const first = await read('The libraries open fonts again');
    for (let at = 0; at < 400; at++) await read(`as they like, in new threads: ${at}`);
    expect((await read('The libraries open fonts again')).equals(first)).toBe(true);
  });

  it('that are none are refused, and the next one is drawn by the same worker', async () => {
    await using renderer = await startRenderer();
    const { client } = renderer;
    (await client.render(drawing('warm')))[Symbol.dispose]();
    const before = renderer.workers('permanent');
    const png = Buffer.from('iVBORw0KGgo=', 'base64').toString('latin1');
    await expect(client.render({ svg: png, width: 10, height: 10 })).rejects.toThrow(/not draw/);
    const wrongSize = { svg: svg('', 20, 20), width: 21, height: 20 };
    await expect(client.render(wrongSize)).rejects.toThrow(/not draw/);
    const long = { svg: svg('x'.repeat(256 * 1024)), width: 420, height: 120 };
    await expect(client.render(long)).rejects.toThrow(/no picture of/);
    const wide = { svg: svg('', 4097, 1), width: 4097, height: 1 };
    await expect(client.render(wide)).rejects.toThrow(/no picture of/);
    (await client.render(drawing('after')))[Symbol.dispose]();
    expect(renderer.workers('permanent')).toEqual(before);
    // Said once, not once for each.
    expect(renderer.said.length).toBe(1);
  });

  it('hold no file of the machine, whatever the SVG asks for', async () => {
    await using renderer = await startRenderer();
    const directory = mkdtempSync(join(tmpdir(), 'livery-file-'));
    try {
      const path = join(directory, 'red.svg');
      writeFileSync(path, svg('', 20, 20, '#ff0000'));
      const image = `<image xmlns:xlink="http://www.w3.org/1999/xlink" href="file://${path}" xlink:href="file://${path}" width="20" height="20"/>`;
      const asking = svg('', 20, 20).replace('</svg>', `${image}</svg>`);
      using picture = await renderer.client.render({ svg: asking, width: 20, height: 20 });
      expect(pixelOf(picture, 10, 10)).toBe(0x336699);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('a secret', () => {
  it('is drawn by a process that ends, and nothing of it is left', async () => {
    await using renderer = await startRenderer();
    const { client } = renderer;
    client.arm();
    const [worker] = await eventually(() => {
      const found = renderer.workers('once');
      return found.length > 0 ? found : undefined;
    }, 'a worker waits for a secret');
    const drawn = secret('hidden');
    using picture = await client.renderSecret(drawn);
    expect(pixelOf(picture, 400, 100)).toBe(0x336699);
    expect(isWiped(drawn)).toBe(true);
    await gone([worker as number]);
    client.disarm();
  });

  it('never passes through the supervisor or the worker that stays', async () => {
    await using renderer = await startRenderer();
    const staying = await renderer.client.render(drawing('warm'));
    staying[Symbol.dispose]();
    const [permanent] = renderer.workers('permanent') as [number];
    const picture = await renderer.client.renderSecret(secret('hidden'));
    picture[Symbol.dispose]();
    expect(renderer.workers('permanent')).toEqual([permanent]);
    await eventually(() => (renderer.workers('once').length === 0 ? true : undefined), 'it ended');
  });

  it('that is no longer expected ends the process that waits', async () => {
    await using renderer = await startRenderer();
    renderer.client.arm();
    const waiting = await eventually(() => {
      const found = renderer.workers('once');
      return found.length > 0 ? found : undefined;
    }, 'a worker waits');
    renderer.client.disarm();
    await gone(waiting);
    expect(renderer.workers('once')).toEqual([]);
  });

  it('is refused and wiped when its process dies', async () => {
    await using renderer = await startRenderer();
    const drawn = secret('hidden');
    const refused = expect(renderer.client.renderSecret(drawn)).rejects.toThrow(/ended/);
    const [worker] = await eventually(() => {
      const found = renderer.workers('once');
      return found.length > 0 ? found : undefined;
    }, 'a worker was started');
    process.kill(worker as number, 'SIGKILL');
    await refused;
    expect(isWiped(drawn)).toBe(true);
    // The next one is drawn.
    (await renderer.client.renderSecret(secret('again')))[Symbol.dispose]();
  });
});

describe('a worker', () => {
  it('that crashed is started again', async () => {
    await using renderer = await startRenderer();
    (await renderer.client.render(drawing('one')))[Symbol.dispose]();
    const [first] = renderer.workers('permanent') as [number];
    process.kill(first, 'SIGKILL');
    await gone([first]);
    using picture = await renderer.client.render(drawing('two'));
    expect(pixelOf(picture, 400, 100)).toBe(0x336699);
    expect(renderer.workers('permanent')).not.toContain(first);
  });

  it('that hangs is killed after a time, and the next picture is drawn', async () => {
    await using renderer = await startRenderer();
    (await renderer.client.render(drawing('one')))[Symbol.dispose]();
    const [first] = renderer.workers('permanent') as [number];
    process.kill(first, 'SIGSTOP');
    await expect(renderer.client.render(drawing('two'))).rejects.toThrow(/no picture within/);
    await gone([first]);
    (await renderer.client.render(drawing('three')))[Symbol.dispose]();
    expect(renderer.said).toEqual(['notices and prompts cannot be drawn: it took too long']);
  });
});

describe('without a renderer', () => {
  it('everything is refused, and it is said once', async () => {
    await using renderer = await startRenderer();
    (await renderer.client.render(drawing('one')))[Symbol.dispose]();
    const workers = childrenOf(renderer.pid);
    process.kill(renderer.pid, 'SIGKILL');
    await gone([renderer.pid, ...workers]);
    const drawn = secret('hidden');
    await expect(renderer.client.render(drawing('two'))).rejects.toThrow(/ended/);
    await expect(renderer.client.renderSecret(drawn)).rejects.toThrow(/ended/);
    expect(isWiped(drawn)).toBe(true);
    renderer.client.arm();
    expect(renderer.said).toEqual(['notices and prompts cannot be drawn: the renderer ended']);
  });

  it('that cannot be started, a picture is refused', async () => {
    await using renderer = await startRenderer('/nonexistent/livery.js');
    await expect(renderer.client.render(drawing('one'))).rejects.toThrow(/ended/);
    expect(renderer.said.length).toBe(1);
  });
});

it('the renderer ends with the process that started it, also when that is killed', async () => {
  const starter = fork(new URL('./fixtures/starter.mjs', import.meta.url));
  const pid = await new Promise<number>((resolve) => starter.once('message', resolve as never));
  const all = [pid, ...childrenOf(pid)];
  expect(all.length).toBe(2);
  expect(all.every(alive)).toBe(true);
  starter.kill('SIGKILL');
  await gone(all);
});

it('its memory', async () => {
  await using renderer = await startRenderer();
  renderer.client.arm();
  for (let at = 0; at < 50; at++) {
    (await renderer.client.render(drawing(`notice ${at}`)))[Symbol.dispose]();
  }
  (await renderer.client.renderSecret(secret('warm')))[Symbol.dispose]();
  const sizes = [renderer.pid, ...renderer.workers('permanent')].map(pssOf);
  process.stdout.write(`renderer: supervisor ${sizes[0]} kB, worker ${sizes[1]} kB (PSS)\n`);
  for (const size of sizes) expect(size).toBeLessThan(120_000);
});
