/**
 * A qube's states with a real sandbox and a clock that the test moves.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { QubeName } from '../../src/base/ids.ts';
import { type Log, silentLog } from '../../src/base/log.ts';
import { parseConfig } from '../../src/config/read.ts';
import { Qube, type QubeHost } from '../../src/keeper/qube.ts';
import { prepareSandbox } from '../../src/keeper/sandbox/prepare.ts';
import { Sandbox } from '../../src/keeper/sandbox/sandbox.ts';
import { findTools } from '../../src/keeper/sandbox/tools.ts';
import { native } from '../../src/native/addon.ts';
import { eventually } from '../rig/eventually.ts';
import { ManualClock } from '../rig/manual-clock.ts';

const runtimeDir = mkdtempSync(join(tmpdir(), 'lq-'));
mkdirSync(join(runtimeDir, 'qubes'));
afterAll(() => rmSync(runtimeDir, { recursive: true, force: true }));

const config = parseConfig('[qube.work]\nlabel = "blue"\n', join(runtimeDir, 'livery.toml'));
const tools = findTools();

interface Made {
  readonly qube: Qube;
  readonly clock: ManualClock;
  readonly states: string[];
  /** What the keeper's log has of its agent's words. */
  readonly said: string[];
}

function makeQube(script: string): Made {
  const said: string[] = [];
  const log: Log = {
    ...silentLog,
    debug: ({ line }) => void said.push(String(line)),
    child: () => log,
  };
  const clock = new ManualClock();
  const states: string[] = [];
  const command = ['/bin/sh', '-c', script];
  const launch: QubeHost['launch'] = (qube, descriptors, scratchDir, onReady) => {
    const place = prepareSandbox(qube, config, [], tools);
    const host = { tools, log, clock, mark: 'livery-test' };
    const spec = { ...place, command, descriptors, scratchDir };
    return { sandbox: new Sandbox(spec, host, onReady) };
  };
  const changed = ({ state }: { state: string }) => states.push(state);
  const own = config.qubes.get('work' as QubeName);
  if (!own) throw new Error('the configuration has no such qube');
  return {
    qube: new Qube(own, { runtimeDir, log: silentLog, clock, changed, launch }),
    clock,
    states,
    said,
  };
}

describe('the start of a qube', () => {
  it('has twenty seconds, and then it is over', async () => {
    const { qube, clock, states } = makeQube('sleep 100000');
    const open = native().openHandleCount();
    const starting = qube.start().catch((error: Error) => error.message);
    clock.advance(19_999);
    expect(qube.status.state).toBe('starting');
    clock.advance(1);
    expect(await starting).toBe('qube work did not start: its agent was not ready within 20 s');
    expect(states).toEqual(['starting', 'stopped']);
    expect(native().openHandleCount()).toBe(open);
    expect(clock.waiting).toBe(0);
  });

  it('has no limit any more once its agent is ready', async () => {
    const { qube, clock, states } = makeQube('echo ready; read -r _');
    await qube.start();
    clock.advance(3_600_000);
    expect(qube.status).toMatchObject({ state: 'running', reason: undefined });
    await qube.stop('for the test');
    expect(states).toEqual(['starting', 'running', 'stopped']);
    expect(qube.status).toMatchObject({ state: 'stopped', reason: 'for the test' });
  });

  it('takes the word `ready` and no other for it', async () => {
    const { qube, clock, said } = makeQube(
      'printf "already\\nready \\n ready\\nREADY\\nready\\0\\n"; sleep 100000',
    );
    const starting = qube.start().catch((error: Error) => error.message);
    await eventually(() => (said.length === 5 ? true : undefined), 'all of its words');
    expect(qube.status.state).toBe('starting');
    clock.advance(20_000);
    expect(await starting).toContain('was not ready');
  });

  it('gives a qube that is stopped two seconds to end by itself', async () => {
    const { qube, clock } = makeQube('echo ready; sleep 100000');
    await qube.start();
    const { pid } = qube.status;
    let stopped = false;
    const stopping = qube.stop('for the test').then(() => {
      stopped = true;
    });
    clock.advance(1999);
    expect(() => process.kill(pid ?? 0, 0)).not.toThrow();
    expect(stopped).toBe(false);
    clock.advance(1);
    await stopping;
    expect(() => process.kill(pid ?? 0, 0)).toThrow();
  });
});
