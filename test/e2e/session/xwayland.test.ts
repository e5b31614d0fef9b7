/**
 * The one line of warning under Xwayland. The server is a real one behind a
 * proxy that claims Xwayland's extension.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runDaemon } from '../../../src/daemon/main.ts';
import { isXwayland } from '../../../src/daemon/xwayland.ts';
import { startXServer } from '../../../src/x11/server.ts';
import { XProxy } from '../../rig/x-proxy.ts';
import { type LogLine, recordingLog, testConfig } from './daemon-stage.ts';

it('warns once when the X server is Xwayland, and only then', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'livery-xwayland-'));
  try {
    await using server = await startXServer({
      kind: 'xvfb',
      width: 640,
      height: 480,
      directory: join(directory, 'x'),
    });
    const path = join(directory, 'proxy');
    await using _proxy = await XProxy.listen(path, server.display.path, 'XWAYLAND');
    expect(await isXwayland(server.display, server.cookie)).toBe(false);
    const display = { ...server.display, path };
    expect(await isXwayland(display, server.cookie)).toBe(true);

    const lines: LogLine[] = [];
    const ended = runDaemon({
      config: testConfig(),
      runtimeDir: directory,
      clipboard: false,
      display,
      cookie: server.cookie,
      log: recordingLog(lines),
      version: 'test',
      onReady: () => process.kill(process.pid, 'SIGTERM'),
    });
    expect(await ended).toBe(0);
    const warnings = lines.filter(({ message }) => message.includes('Xwayland'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.level).toBe('warn');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
