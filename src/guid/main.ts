/**
 * `livery-guid` as a process: reads what it is told, starts itself in the
 * background, keeps the files by which the launcher knows it, and serves one
 * qube. Exit statuses are those of qubes-guid: 0 and 1.
 */
import { closeSync, writeSync } from 'node:fs';
import { systemClock } from '../base/clock.ts';
import { EXIT, messageOf, UserError } from '../base/errors.ts';
import { optimizeEarly } from '../base/hot-code.ts';
import { Scope } from '../base/scope.ts';
import type { Io } from '../cli/io.ts';
import { createLog } from '../cli/log.ts';
import { confinementWanted } from '../daemon/confine/confine.ts';
import { native } from '../native/addon.ts';
import { parseDisplay } from '../x11/display.ts';
import { CHILD_VARIABLE, type Inherited, inheritedBy, startInBackground } from './background.ts';
import { handOver } from './hand-over.ts';
import { openLogFile } from './log-file.ts';
import { usage, VERSION_TEXT } from './options.ts';
import { RunFiles, runDirectory } from './run-files.ts';
import { serve } from './serve.ts';
import { CommandLineError, readCommand, type Settings } from './settings.ts';
import { GuidSignals } from './signals.ts';

const PROGRAM = 'livery-guid';
const DEFAULT_LOG_DIR = '/var/log/qubes';
/** Closing everything in order may take this long; then the process ends anyway. */
const CLOSE_LIMIT_MS = 1500;

/** Runs to the end; never rejects. @param script the program's own file, to be started again */
export async function main(words: readonly string[], io: Io, script: string): Promise<number> {
  try {
    return await dispatch(words, io, script);
  } catch (error) {
    return report(error, io);
  }
}

async function dispatch(words: readonly string[], io: Io, script: string): Promise<number> {
  const command = readCommand(words, io.env);
  if (command.kind === 'help') {
    io.out(usage(PROGRAM));
    return EXIT.ok;
  }
  if (command.kind !== 'run') {
    io.out(VERSION_TEXT);
    return EXIT.ok;
  }
  const { settings } = command;
  confinementWanted(io.env);
  const files = new RunFiles(runDirectory(io.env), settings.domain);
  const inherited = inheritedBy(io.env);
  // A program that this one starts must not take itself for the daemon.
  delete process.env[CHILD_VARIABLE];
  if (inherited) {
    files.inherit(native().adoptFd(inherited.lock));
    return daemon(settings, io, files, inherited);
  }
  if (!(await files.begin())) return EXIT.ok;
  if (settings.foreground) return daemon(settings, io, files, undefined);
  try {
    return await background(settings, words, io, files, script);
  } catch (error) {
    files[Symbol.dispose]();
    throw error;
  }
}

async function background(
  settings: Settings,
  words: readonly string[],
  io: Io,
  files: RunFiles,
  script: string,
): Promise<number> {
  // Said to whoever started us, not to the log.
  parseDisplay(io.env.DISPLAY);
  const { lock } = files;
  if (!lock) throw new UserError('RUN_DIR', 'the lock of the start is gone');
  const log = openLogFile(io.env.LIVERY_GUID_LOG_DIR || DEFAULT_LOG_DIR, settings.name);
  return startInBackground({
    script,
    words,
    env: io.env,
    directory: files.directory,
    log: log.fd,
    lock,
    timeout: settings.startupTimeout,
    say: (line) => io.err(`${PROGRAM}: ${line} (${log.path})\n`),
  });
}

async function daemon(
  settings: Settings,
  io: Io,
  files: RunFiles,
  inherited: Inherited | undefined,
): Promise<number> {
  const log = createLog({
    name: 'guid',
    pretty: true,
    debug: settings.logLevel > 1,
    quiet: settings.logLevel < 1,
  }).child({ qube: settings.name, domain: settings.domain });
  const signals = new GuidSignals();
  const scope = new Scope();
  const kill = once(() => killOther(settings.killOnConnect, log));
  const tellParent = once(() => announce(inherited));
  if (!settings.foreground) process.umask(0o077);
  // Also when something unexpected ends the process.
  process.on('exit', () => files[Symbol.dispose]());
  try {
    for (const remark of settings.remarks) log.info({}, remark);
    const show = settings.handOver ? handOver : serve;
    return await show(
      {
        settings,
        display: parseDisplay(io.env.DISPLAY),
        env: io.env,
        clock: systemClock,
        log,
        connected: () => {
          files.connected();
          tellParent();
          kill();
          optimizeEarly();
        },
        disconnected: () => files.disconnected(),
        told: signals.told,
        onReload: (listener) => signals.onReload(listener),
      },
      scope,
    );
  } finally {
    files[Symbol.dispose]();
    await close(scope);
    signals[Symbol.dispose]();
  }
}

/** The launcher may go on. */
function announce(inherited: Inherited | undefined): void {
  if (!inherited) return;
  try {
    writeSync(inherited.ready, '1');
    closeSync(inherited.ready);
  } catch {
    // It did not wait.
  }
}

/** The daemon of the stub domain has nothing to show any more (-K). */
function killOther(pid: number | undefined, log: ReturnType<typeof createLog>): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, 'SIGUSR1');
  } catch (error) {
    log.warn({ pid }, `the process of -K was not told: ${messageOf(error)}`);
  }
}

async function close(scope: Scope): Promise<void> {
  const late = new Promise<void>((resolve) => {
    setTimeout(resolve, CLOSE_LIMIT_MS).unref();
  });
  await Promise.race([scope[Symbol.asyncDispose]().catch(() => {}), late]);
}

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    act();
  };
}

function report(error: unknown, io: Io): number {
  io.err(`${PROGRAM}: ${messageOf(error)}\n`);
  if (error instanceof UserError && error.hint !== undefined) io.err(`  ${error.hint}\n`);
  if (error instanceof CommandLineError && error.showUsage) io.err(usage(PROGRAM));
  return EXIT.failed;
}
