/**
 * The keeper's part of the runtime directory: `qubes/<name>`, where a qube's
 * sockets lie. Only this user can look into it, so no qube can make a name that
 * the daemon would connect to (DESIGN 6). What is made here is removed here.
 */
import { mkdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DOM0, type DomainId, type QubeName } from '../base/ids.ts';
import { channelPath, PORT } from '../channel/path.ts';
import { checkRuntimeDir, openRuntimeDir } from '../config/runtime-dir.ts';
import { type Listener, native } from '../native/addon.ts';

/** Where the keeper listens. */
export function keeperSocketPath(runtimeDir: string): string {
  return join(runtimeDir, 'keeper.sock');
}

/** Where the sockets of a qube lie, whether it runs or not. */
export interface QubePaths {
  readonly directory: string;
  readonly guiSocket: string;
  readonly serviceSocket: string;
}

/** Throws UserError PATH_TOO_LONG when sockets cannot have names of that length. */
export function qubePaths(runtimeDir: string, name: QubeName, domainId: DomainId): QubePaths {
  const directory = join(runtimeDir, 'qubes', name);
  return {
    directory,
    guiSocket: channelPath(directory, domainId, DOM0, PORT.gui),
    serviceSocket: channelPath(directory, domainId, DOM0, PORT.service),
  };
}

function ownDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  checkRuntimeDir(path);
}

/** Makes sure of the runtime directory and its `qubes`; throws UserError RUNTIME_DIR. */
export function prepareRuntimeDir(runtimeDir: string): void {
  openRuntimeDir(runtimeDir);
  ownDirectory(join(runtimeDir, 'qubes'));
}

/** The listening sockets of one life of a qube. */
export class QubeSockets implements Disposable {
  readonly gui: Listener;
  readonly service: Listener;
  readonly #paths: QubePaths;

  private constructor(paths: QubePaths, gui: Listener, service: Listener) {
    this.#paths = paths;
    this.gui = gui;
    this.service = service;
  }

  /** Binds and listens on both (mode 0600) in a directory of mode 0700. Throws what the system says. */
  static listen(paths: QubePaths): QubeSockets {
    ownDirectory(paths.directory);
    const gui = native().listenUnix(paths.guiSocket);
    try {
      return new QubeSockets(paths, gui, native().listenUnix(paths.serviceSocket));
    } catch (error) {
      gui[Symbol.dispose]();
      rmSync(paths.guiSocket, { force: true });
      throw error;
    }
  }

  /** Names first: nobody should find a socket that nobody listens on. */
  [Symbol.dispose](): void {
    rmSync(this.#paths.guiSocket, { force: true });
    rmSync(this.#paths.serviceSocket, { force: true });
    try {
      rmdirSync(this.#paths.directory);
    } catch {
      // Somebody else's file is in it, or it is gone already.
    }
    this.gui[Symbol.dispose]();
    this.service[Symbol.dispose]();
  }
}
