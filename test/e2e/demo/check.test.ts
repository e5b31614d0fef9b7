/**
 * `livery demo --check`: the main job from end to end, as a caller sees it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contains, intersect, type Rect } from '../../../src/base/geometry.ts';
import { DemoRun } from './demo-run.ts';

interface Result {
  ok: boolean;
  qubes: { name: string; label: string; color: string }[];
  windows: {
    qube: string;
    title: string;
    label: string;
    color: string;
    frame: Rect;
    content: Rect;
    firstPixelsMs: number;
  }[];
  screenshot: string;
}

describe('livery demo --check', () => {
  it('shows six windows of three qubes, says so, and leaves nothing behind', async () => {
    using demo = new DemoRun(['--check', '--screenshot', 'shot.png']);
    const status = await demo.closed;
    expect({ status, err: demo.err }).toMatchObject({ status: 0 });

    const shot = join(demo.base, 'shot.png');
    expect(demo.leftovers()).toEqual([`file ${shot}`]);
    const png = readFileSync(shot);
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1280, 800]);

    const lines = demo.out.split('\n');
    expect(lines.pop()).toBe('');
    const result = JSON.parse(lines.pop() ?? '') as Result;
    expect(result.ok).toBe(true);
    expect(result.screenshot).toBe(shot);
    expect(result.qubes).toEqual([
      { name: 'work', label: 'blue', color: '#3465a4' },
      { name: 'untrusted', label: 'red', color: '#cc0000' },
      { name: 'vault', label: 'black', color: '#000000' },
    ]);
    expect(result.windows.map(({ qube }) => qube).sort()).toEqual([
      ...['untrusted', 'untrusted', 'vault', 'vault', 'work', 'work'],
    ]);
    const screen = { x: 0, y: 0, width: 1280, height: 800 };
    for (const [i, window] of result.windows.entries()) {
      expect(window.color).toBe(result.qubes.find(({ name }) => name === window.qube)?.color);
      expect(window.title).not.toBe('');
      expect(window.firstPixelsMs).toBeGreaterThan(0);
      expect(contains(screen, window.frame)).toBe(true);
      expect(window.frame.x).toBeLessThan(window.content.x);
      expect(window.frame.width).toBeGreaterThan(window.content.width);
      for (const other of result.windows.slice(i + 1)) {
        expect(intersect(window.frame, other.frame)).toBeUndefined();
      }
    }
  });

  it('names a wrong configuration before anything is started', async () => {
    const files = { 'demo.toml': '[qube.work]\nlabel = "blu"\n' };
    using demo = new DemoRun(['--check', '--config', 'demo.toml'], { files });
    expect(await demo.closed).toBe(2);
    expect(demo.err).toMatch(/^livery: .*demo\.toml:2: qube\.work\.label: no such label: "blu"/);
    expect(JSON.parse(demo.out)).toMatchObject({ ok: false, code: 'CONFIG' });
    expect(demo.leftovers()).toEqual([`file ${join(demo.base, 'demo.toml')}`]);
  });

  it('names a program that is not installed before anything is started', async () => {
    const files = { 'demo.toml': '[qube.work]\nlabel = "blue"\nprograms = [["no-such"]]\n' };
    using demo = new DemoRun(['--check', '--config', 'demo.toml'], { files });
    expect(await demo.closed).toBe(3);
    expect(demo.err).toBe(
      'livery: no-such is not installed (started in qube work)\n' +
        '  sudo apt-get install --no-install-recommends no-such\n',
    );
    expect(JSON.parse(demo.out)).toMatchObject({ ok: false, code: 'MISSING_PACKAGE' });
  });
});
