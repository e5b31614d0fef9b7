/**
 * A paravirtual domain beside dom0: made, paused and destroyed by Xen's own tools.
 */
import { expect } from 'vitest';
import { BOOT } from '../image/build.ts';
import { GO_KEY } from '../image/init.ts';
import type { Program } from './link.ts';
import { KERNEL, type Machine } from './machine.ts';
import { slowly } from './system.ts';

export interface DomainOptions {
  /** Its agent starts when it is told to. */
  readonly waits?: boolean;
  readonly memoryMib?: number;
}

const MEMORY_MIB = 272;
/** Most memory of its windows, in MiB. */
const POOL_MIB = 32;

function configuration(name: string, { waits = false, memoryMib = MEMORY_MIB }: DomainOptions) {
  const kernel = [
    `${KERNEL} panic=-1 livery.role=domu livery.name=${name}`,
    `livery.agent=--pool-mib,${POOL_MIB}`,
    ...(waits ? ['livery.wait'] : []),
  ].join(' ');
  return `name = "${name}"
type = "pv"
kernel = "${BOOT.kernel}"
ramdisk = "${BOOT.archive}"
extra = "${kernel}"
memory = ${memoryMib}
vcpus = 1
disk = ["phy:/dev/vda,xvda,r", "phy:/dev/vdb,xvdb,r"]
on_crash = "destroy"
on_poweroff = "destroy"
on_reboot = "destroy"
`;
}

export class Domain {
  readonly name: string;
  readonly id: number;
  readonly #machine: Machine;
  /** Shows what its console says. */
  readonly #console: Program;

  private constructor(machine: Machine, name: string, id: number, console: Program) {
    this.#machine = machine;
    this.#console = console;
    this.name = name;
    this.id = id;
  }

  /** Resolves when it was created, not when it is up. What its console says goes to the log. */
  static async create(
    machine: Machine,
    name: string,
    options: DomainOptions = {},
  ): Promise<Domain> {
    const { link } = machine;
    const file = `/run/xen/${name}.cfg`;
    const log = `/var/log/xen/console/guest-${name}.log`;
    // Of an earlier domain of that name.
    await link.must('rm', '-f', log);
    await link.write(file, configuration(name, options));
    await link.must('xl', 'create', file);
    const id = Number(await link.must('xl', 'domid', name));
    const console = link.start(
      ['sh', '-c', `until [ -e ${log} ]; do sleep 0.2; done; exec tail -n +1 -f ${log}`],
      {
        said: (text) => machine.note(name, text),
      },
    );
    return new Domain(machine, name, id, console);
  }

  /** Its value in xenstore, below its own place; undefined if there is none. */
  async fact(key: string): Promise<string | undefined> {
    const { status, out } = await this.#machine.link.run('xenstore-read', this.#path(key));
    return status === 0 ? out.trim() : undefined;
  }

  /** Its agent starts. */
  async tell(): Promise<void> {
    await this.#machine.link.must('xenstore-write', this.#path(GO_KEY), '1');
  }

  async pause(): Promise<void> {
    await this.#machine.link.must('xl', 'pause', this.name);
  }

  async unpause(): Promise<void> {
    await this.#machine.link.must('xl', 'unpause', this.name);
  }

  /**
   * From now on dom0 watches for its end. `goneMs`: when xenstore did not have it any more,
   * by dom0's clock. xl takes it out before it has the hypervisor end it, so nobody can
   * know sooner.
   */
  async watchEnd(): Promise<{ readonly goneMs: Promise<number> }> {
    const path = this.#path('name');
    const words: { readonly path: string; readonly atMs: number }[] = [];
    const watch = this.#machine.link.start(['xenstore-watch', '-n', '2', path], {
      said: (text, atMs) => {
        for (const line of text.trim().split('\n')) words.push({ path: line, atMs });
      },
    });
    await slowly(() => words.length > 0, `dom0 watches ${path}`);
    const goneMs = watch.ended.then(async ({ err }) => {
      expect([err, words.map((one) => one.path)]).toEqual(['', [path, path]]);
      expect(await this.fact('name')).toBeUndefined();
      return words[1]?.atMs ?? Number.NaN;
    });
    // Whoever waits for it hears of it.
    goneMs.catch(() => {});
    return { goneMs };
  }

  async destroy(): Promise<void> {
    await this.#machine.link.must('xl', 'destroy', this.name);
    this.#console.signal('SIGTERM');
  }

  #path(key: string): string {
    return `/local/domain/${this.id}/${key}`;
  }
}
