/**
 * `livery qube list|start|stop|reconnect`. The daemon is asked; when none runs, the
 * keeper, which has the authority over a qube's life and outlives the daemon.
 */
import { EXIT, UserError } from '../../base/errors.ts';
import { controlSocketPath, runtimeDirPath } from '../../config/runtime-dir.ts';
import { ControlClient } from '../../control/client.ts';
import { KeeperClient } from '../../keeper/client.ts';
import { working } from '../progress.ts';
import { table } from '../table.ts';
import type { Call } from '../verb.ts';

/** What can be said of a qube whether or not a daemon runs. */
interface QubeRow {
  readonly name: string;
  readonly domainId: number;
  readonly label: string | null;
  readonly color: string | null;
  readonly state: 'stopped' | 'starting' | 'running';
  readonly connected: boolean;
  readonly windows: number;
  readonly throttled: boolean;
  readonly reason: string | null;
  /** What runs its virtual machine, if it is one and runs. */
  readonly machine: string | null;
}

interface Qubes {
  list(): Promise<readonly QubeRow[]>;
  start(name: string): Promise<QubeRow>;
  stop(name: string): Promise<QubeRow>;
}

export async function qubeList({ io, has }: Call): Promise<number> {
  const rows = await withQubes(io.env, (qubes) => qubes.list());
  if (has('json')) {
    io.out(`${JSON.stringify(rows)}\n`);
    return EXIT.ok;
  }
  const cells = rows.map((row) => [
    row.name,
    row.label ?? '-',
    row.state,
    row.connected ? String(row.windows) : '-',
    row.reason ?? remark(row),
  ]);
  io.out(table(['QUBE', 'LABEL', 'STATE', 'WINDOWS', 'REMARK'], cells));
  return EXIT.ok;
}

function remark({ throttled, machine }: QubeRow): string {
  if (throttled) return 'throttled: it says more than its limits allow';
  return machine ?? '';
}

export function qubeStart(call: Call): Promise<number> {
  return one(call, 'starting', (qubes, name) => qubes.start(name));
}

export function qubeStop(call: Call): Promise<number> {
  return one(call, 'stopping', (qubes, name) => qubes.stop(name));
}

/** Only a daemon has sessions. */
export async function qubeReconnect({ io, operands, has }: Call): Promise<number> {
  const [name = ''] = operands;
  using client = ControlClient.connect(controlSocketPath(runtimeDirPath(io.env)));
  const asked = () => client.ask('qube.reconnect', { qube: name });
  const row = await working(io, `reconnecting qube ${name}`, asked);
  const state = row.connected ? 'connected' : 'connecting';
  io.out(has('json') ? `${JSON.stringify(row)}\n` : `${row.name} ${state}\n`);
  return EXIT.ok;
}

async function one(
  { io, operands, has }: Call,
  doing: string,
  act: (qubes: Qubes, name: string) => Promise<QubeRow>,
): Promise<number> {
  const [name = ''] = operands;
  const row = await working(io, `${doing} qube ${name}`, () =>
    withQubes(io.env, (qubes) => act(qubes, name)),
  );
  if (row.machine !== null) io.err(`${row.name}: ${row.machine}\n`);
  io.out(has('json') ? `${JSON.stringify(row)}\n` : `${row.name} ${row.state}\n`);
  return EXIT.ok;
}

async function withQubes<T>(env: NodeJS.ProcessEnv, use: (qubes: Qubes) => Promise<T>): Promise<T> {
  const runtimeDir = runtimeDirPath(env);
  let absent: unknown;
  try {
    using client = ControlClient.connect(controlSocketPath(runtimeDir));
    return await use({
      list: () => client.ask('qubes', {}),
      start: (qube) => client.ask('qube.start', { qube }),
      stop: (qube) => client.ask('qube.stop', { qube }),
    });
  } catch (error) {
    if (!(error instanceof UserError && error.code === 'DAEMON_ABSENT')) throw error;
    absent = error;
  }
  try {
    using keeper = await KeeperClient.connect(runtimeDir);
    return await use({
      list: async () => (await keeper.list()).map(rowOf),
      start: async (name) => rowOf(await keeper.start(name)),
      stop: async (name) => rowOf(await keeper.stop(name)),
    });
  } catch (error) {
    if (error instanceof UserError && error.code === 'KEEPER_ABSENT') throw absent;
    throw error;
  }
}

function rowOf(status: Awaited<ReturnType<KeeperClient['list']>>[number]): QubeRow {
  const { name, domainId, state, reason, machine } = status;
  return {
    name,
    domainId,
    label: null,
    color: null,
    state,
    connected: false,
    windows: 0,
    throttled: false,
    reason: reason ?? 'no daemon is running',
    machine: machine ?? null,
  };
}
