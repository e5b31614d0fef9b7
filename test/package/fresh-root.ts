/**
 * A Debian 12 as it is after an installation of nothing: made by mmdebstrap, once
 * a week; a copy of it for each use. Commands run in it as root, with a mount and
 * a process namespace of their own and the network of the host.
 */
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const BASE = resolve('.stamp/debian-12.tar');
/** Packages that were loaded once; apt checks each of them. */
const ARCHIVES = resolve('.stamp/debian-archives');
const MIRROR = 'http://deb.debian.org/debian';
const WEEK_MS = 7 * 24 * 3600 * 1000;
const ENTER = fileURLToPath(new URL('enter.sh', import.meta.url));

export interface Said {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

export class FreshRoot implements Disposable {
  readonly path: string;
  readonly #env = [
    'PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'HOME=/root',
    'LANG=C.UTF-8',
  ];

  private constructor(path: string) {
    this.path = path;
  }

  static make(): FreshRoot {
    if (ageOf(BASE) > WEEK_MS) {
      const part = `${BASE}.part`;
      const args = ['--quiet', '--variant=apt', '--format=tar', 'bookworm', part, MIRROR];
      execFileSync('mmdebstrap', args, { stdio: ['ignore', 'inherit', 'inherit'] });
      renameSync(part, BASE);
    }
    const path = mkdtempSync(join(tmpdir(), 'livery-root-'));
    execFileSync('tar', ['-xf', BASE, '-C', path, '--exclude=./dev/*']);
    for (const file of ['resolv.conf', 'hosts'])
      copyFileSync(join('/etc', file), join(path, 'etc', file));
    mkdirSync(ARCHIVES, { recursive: true });
    execFileSync('cp', ['-r', `${ARCHIVES}/.`, join(path, 'var/cache/apt/archives')]);
    return new FreshRoot(path);
  }

  /** Puts a file of the host there. */
  take(file: string, inside: string): void {
    copyFileSync(file, join(this.path, inside));
  }

  /** Certificates of the host's network, for Node.js there. */
  trust(certificates: string): void {
    this.take(certificates, 'etc/host-certificates.pem');
    this.#env.push('NODE_EXTRA_CA_CERTS=/etc/host-certificates.pem');
  }

  /** What a shell says to `script`. */
  run(script: string): Promise<Said> {
    const child = spawn(
      'unshare',
      [
        ...['--mount', '--pid', '--fork', '--ipc', '--uts', '--kill-child'],
        ...['env', '-i', ...this.#env],
        ...['DEBIAN_FRONTEND=noninteractive', 'sh', ENTER, this.path, 'sh', '-c', script],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    return new Promise((done, failed) => {
      child.once('error', failed);
      child.once('close', (status) => done({ status, out, err }));
    });
  }

  /** Keeps what apt has loaded for the next root. */
  keepArchives(): void {
    execFileSync('sh', [
      '-c',
      `cp -n ${join(this.path, 'var/cache/apt/archives')}/*.deb ${ARCHIVES}`,
    ]);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

function ageOf(file: string): number {
  const facts = statSync(file, { throwIfNoEntry: false });
  return facts === undefined ? Number.POSITIVE_INFINITY : Date.now() - facts.mtimeMs;
}
