/** Pages that an agent grants to dom0, over a double of Xen's libraries; and how it is told to. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runAgent } from '../../../src/agent/main.ts';
import { GrantPages } from '../../../src/agent/shared-pages.ts';
import { DOM0 } from '../../../src/base/ids.ts';
import { type Log, silentLog } from '../../../src/base/log.ts';
import { native, PAGE_BYTES } from '../../../src/native/addon.ts';
import type { Xen } from '../../../src/native/xen.ts';
import { FIVE, XenDouble } from '../../rig/xen/xen-double.ts';

const POOL_PAGES = 5000;

describe('granted pages', () => {
  let double: XenDouble;
  let dom0: Xen;
  let domain: Xen;
  let pages: GrantPages;
  let said: string[];

  beforeEach(() => {
    double = new XenDouble();
    dom0 = native().openXen('dom0', double.libraries);
    domain = native().openXen('domain', double.libraries);
    said = [];
    const log: Log = { ...silentLog, warn: (_fields, message) => void said.push(message) };
    const memory = native().createPool('pages-test', POOL_PAGES * PAGE_BYTES);
    pages = new GrantPages(memory, domain, DOM0, log);
  });
  afterEach(() => {
    for (const thing of [pages, domain, dom0, double]) thing[Symbol.dispose]();
  });

  /** What dom0 sees at the beginning of a row of the image. */
  function seen(refs: Uint32Array, row: number): number {
    using map = dom0.mapGrants(FIVE, refs);
    using staging = native().createStaging('pages-test', refs.length * PAGE_BYTES);
    const rows = { stride: PAGE_BYTES, x: 0, width: 1024, y: 0, height: refs.length };
    staging.copyRows({ source: map, refs, ...rows, destinationOffset: 0, fill: 1 });
    const word = new Uint32Array(1);
    native().readAt(staging.fd, new Uint8Array(word.buffer), row * PAGE_BYTES);
    return word[0] as number;
  }

  it('show dom0 what was published, and nothing before', () => {
    const start = pages.alloc(3) as number;
    const refs = pages.references(start, 3);
    native().writeAt(pages.fd, new Uint8Array(3 * PAGE_BYTES).fill(5), start * PAGE_BYTES);
    expect([0, 1, 2].map((row) => seen(refs, row))).toEqual([0, 0, 0]);
    pages.publish(start, 1024, { x: 0, y: 1, width: 1024, height: 1 });
    expect([0, 1, 2].map((row) => seen(refs, row))).toEqual([0, 0x05050505, 0]);
  });

  it('are granted as long as they are in use', () => {
    const one = pages.alloc(3) as number;
    const other = pages.alloc(2) as number;
    const refs = pages.references(one, 3);
    pages.free(one, 3);
    expect(() => dom0.mapGrants(FIVE, refs)).toThrow(/EINVAL/);
    using _map = dom0.mapGrants(FIVE, pages.references(other, 2));
    // Of what is gone nothing is published.
    pages.publish(one, 1024, { x: 0, y: 0, width: 1, height: 1 });
  });

  it('run out, which is said once and takes nothing of the pool', () => {
    const free = pages.freePages;
    expect(pages.alloc(4500)).toBeUndefined();
    expect(pages.alloc(4500)).toBeUndefined();
    expect(pages.freePages).toBe(free);
    expect(said).toEqual(['no pages can be granted to dom0: a window is shown without a picture']);
    expect(pages.alloc(10)).toBeDefined();
  });
});

describe('the command line of --channel xen', () => {
  const refused = (...words: string[]) =>
    runAgent(['--channel', 'xen', ...words], { XEN_DOUBLE: undefined });

  it('refuses what is no domain and no size', async () => {
    await expect(refused('--gui-domain', 'dom0')).rejects.toThrow('expected a domain id');
    await expect(refused('--gui-domain', '40000')).rejects.toThrow('expected a domain id');
    await expect(refused('--pool-mib', '0')).rejects.toThrow('expected 1 to 4095');
    await expect(refused('--pool-mib', '1e3')).rejects.toThrow('expected 1 to 4095');
    await expect(runAgent(['--channel', 'x'], {})).rejects.toThrow('socket, port or xen');
  });
});
