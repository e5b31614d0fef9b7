/**
 * A screen, a daemon and Xen domains that are none: agents as processes of this
 * host, with the double of Xen's libraries between them and the daemon. What is
 * ours is all real: rings, grants, windows, pixels.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startScreen } from '../../rig/screen.ts';
import { Livery } from '../../rig/system/livery.ts';
import { LiveryProcess } from '../../rig/system/livery-process.ts';
import { Pager } from '../../rig/system/pager.ts';
import { Puppet } from '../../rig/system/puppet.ts';
import { XenDouble } from '../../rig/xen/xen-double.ts';

const PUPPET = fileURLToPath(new URL('../../rig/system/puppet.mjs', import.meta.url));
const INSIDE = '/opt/livery/dist';
const DIST = fileURLToPath(new URL('../../../dist', import.meta.url));
/** Names of domains by their ids. */
export const NAMES = { 5: 'work-vm', 6: 'untrusted' } as const;
const QUBES = { 5: 'work', 6: 'untrusted' } as const;

const CONFIG = `
[qube.work]
label = "blue"
backend = "xen"
domain = "work-vm"
[qube.untrusted]
label = "red"
backend = "xen"
`;

export class Domains implements AsyncDisposable {
  readonly xen = new XenDouble();
  readonly directory = mkdtempSync(join(tmpdir(), 'livery-domains-'));
  readonly agents = new Map<number, LiveryProcess>();
  livery!: Livery;

  static async open(): Promise<Domains> {
    const domains = new Domains();
    const configFile = join(domains.directory, 'livery.toml');
    writeFileSync(configFile, CONFIG);
    const screen = await startScreen({ wm: 'openbox', width: 1000, height: 600 });
    const pager = await Pager.open(screen.x);
    // The double's devices are files that are opened when they are needed.
    const env = { ...domains.xen.environment(), LIVERY_CONFINE: 'off' };
    domains.livery = new Livery(screen, pager, domains.directory, configFile, { env });
    return domains;
  }

  /** A domain with an agent in it. */
  async start(domain: keyof typeof NAMES): Promise<void> {
    this.xen.introduce(domain, NAMES[domain]);
    const agent = new LiveryProcess(['agent', '--channel', 'xen'], {
      env: {
        PATH: process.env.PATH,
        HOME: this.directory,
        XDG_RUNTIME_DIR: join(this.directory, `run-${domain}`),
        ...this.xen.environment(domain),
      },
    });
    this.agents.set(domain, agent);
    await agent.ready();
  }

  async puppet(domain: keyof typeof NAMES, name = 'puppet'): Promise<Puppet> {
    const socket = join(this.directory, `${domain}-${name}.sock`);
    // It looks for ours where a sandbox has it.
    const script = join(this.directory, 'puppet.mjs');
    writeFileSync(script, readFileSync(PUPPET, 'utf8').replace(INSIDE, DIST));
    await this.livery.start(QUBES[domain], process.execPath, script, socket);
    return Puppet.connect(socket);
  }

  /** After every process has ended. */
  close(): void {
    this.xen[Symbol.dispose]();
    rmSync(this.directory, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.livery[Symbol.asyncDispose]();
    } finally {
      for (const agent of this.agents.values()) await agent[Symbol.asyncDispose]();
      this.close();
    }
  }
}
