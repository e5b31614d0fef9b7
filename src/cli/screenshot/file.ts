/**
 * A picture as a file: PNG by ourselves, WebP (without loss) by a process of its
 * own that has sharp, no display and, once it is up, no rights. The file is
 * there whole or not at all, and nothing that was there is lost by accident.
 */
import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { EXIT, messageOf, UserError } from '../../base/errors.ts';
import { escapeText } from '../../base/escape.ts';
import { pictureHead } from '../../renderer/picture-head.ts';
import { LIVERY_SCRIPT } from '../child.ts';
import { encodePng } from '../png.ts';
import type { Shot } from './shot.ts';

const LIMIT_MS = 60_000;

export type PictureKind = 'png' | 'webp';

/** By the end of its name. Throws UserError USAGE. */
export function kindOf(file: string): PictureKind {
  const extension = extname(file).toLowerCase();
  if (extension === '.png' || extension === '.webp') return extension === '.png' ? 'png' : 'webp';
  const found = extension === '' ? 'no extension' : `'${escapeText(extension, 20)}'`;
  throw new UserError('USAGE', `expected a file that ends in .png or .webp, found ${found}`, {
    exitCode: EXIT.usage,
    hint: 'livery screenshot screen.png',
  });
}

/** Throws UserError FILE_EXISTS: before anything is done, so that nobody waits for nothing. */
export function refuseExisting(file: string, force: boolean): void {
  if (!force && existsSync(file)) throw exists(file);
}

/** Throws UserError FILE_EXISTS, NOT_WRITTEN, ENCODER. The file is readable by its owner only. */
export async function writePicture(file: string, shot: Shot, force: boolean): Promise<void> {
  const path = resolve(file);
  const beside = join(dirname(path), `.${basename(path)}.${process.pid}`);
  try {
    const fd = openSync(beside, 'wx', 0o600);
    try {
      if (kindOf(file) === 'webp') await writeWebp(fd, shot);
      else writeFileSync(fd, encodePng(shot.width, shot.height, shot.rgba, 4));
    } finally {
      closeSync(fd);
    }
    if (force) renameSync(beside, path);
    else linkSync(beside, path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw exists(file);
    throw new UserError('NOT_WRITTEN', `${path} cannot be written: ${messageOf(error)}`, {
      hint: 'name a file in a directory of your own',
    });
  } finally {
    rmSync(beside, { force: true });
  }
}

function exists(file: string): UserError {
  return new UserError('FILE_EXISTS', `${resolve(file)} is there already`, {
    hint: 'name another file, or say --force to replace it',
  });
}

async function writeWebp(fd: number, { width, height, rgba }: Shot): Promise<void> {
  const args = ['--jitless', '--no-expose-wasm', LIVERY_SCRIPT, 'encode'];
  const child = spawn(process.execPath, args, {
    env: {},
    cwd: '/',
    stdio: ['pipe', fd, 'ignore'],
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  const { stdin } = child;
  // It may end before it has read all.
  stdin?.on('error', () => {});
  stdin?.write(pictureHead(width, height));
  stdin?.end(rgba);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>(
    (done, reject) => {
      child.once('error', reject);
      child.once('close', (...end) => done(end));
    },
  );
  if (code === 0) return;
  const how = signal === null ? `status ${code}` : `signal ${signal}`;
  throw new UserError('ENCODER', `the process that makes WebP of it ended (${how})`, {
    hint: 'a .png needs no such process',
  });
}
