/**
 * The qube's keyboard layout as dom0 has it, by the ordinary program for that.
 * The names come from dom0 and go to the program as arguments, never to a shell.
 */
import { execFile } from 'node:child_process';
import { STATUS, type ToQube } from '../protocol/service.ts';
import type { Environment, Started } from './programs.ts';

const LIMIT_MS = 10_000;
/** Names of XKB files and lists of them; nothing else is a layout. */
const NAMES = /^[A-Za-z0-9_.,:()+/-]*$/;

/** Runs setxkbmap in the qube; `unsupported` when there is none. */
export function setKeyboardLayout(
  layout: Extract<ToQube, { name: 'setKeymap' }>,
  env: Environment,
): Promise<Started> {
  const { rules, model, variant, options } = layout;
  const all = [rules, model, layout.layout, variant, options];
  if (!all.every((text) => NAMES.test(text) && !text.startsWith('-'))) {
    return Promise.resolve({ status: STATUS.invalid, detail: 'not the names of a layout' });
  }
  const args = ['-option', ''];
  if (rules) args.push('-rules', rules);
  if (model) args.push('-model', model);
  if (layout.layout) args.push('-layout', layout.layout);
  if (variant) args.push('-variant', variant);
  for (const option of options.split(',')) if (option) args.push('-option', option);
  return new Promise((resolve) => {
    execFile(
      'setxkbmap',
      args,
      { env: { ...env }, timeout: LIMIT_MS },
      (error: (Error & { code?: unknown }) | null) => {
        if (!error) resolve({ status: STATUS.ok, detail: '' });
        else if (error.code === 'ENOENT') {
          resolve({ status: STATUS.unsupported, detail: 'setxkbmap is not installed' });
        } else resolve({ status: STATUS.failed, detail: 'setxkbmap refused the layout' });
      },
    );
  });
}
