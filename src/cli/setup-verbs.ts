/**
 * The verbs around the program itself: shells and manuals, configuration,
 * installation. A part of the table of verbs.ts.
 */
import { JSON_OPTION, type Verb } from './verb.ts';

export const SETUP_VERBS: readonly Verb[] = [
  {
    name: 'screenshot',
    summary: "Write a picture of the screen, of a window or of a qube's windows, frames included",
    operands: 'FILE.png|.webp',
    operandCount: 1,
    options: {
      window: { value: 'ID', text: 'only this window (livery windows has the numbers)' },
      qube: { value: 'QUBE', text: 'only the windows of this qube' },
      force: { text: 'replace FILE when it is there' },
      ...JSON_OPTION,
    },
    example: 'livery screenshot --qube work work.png',
    details:
      'Made from what is on the screen; no qube is asked. In a picture of windows everything that is\n' +
      'not theirs, and what other windows cover, is transparent.',
    load: async () => (await import('./verbs/screenshot.ts')).screenshot,
  },
  {
    name: 'encode',
    summary: 'Make a WebP file of pixels',
    operands: '',
    operandCount: 0,
    internal: true,
    options: {},
    example: 'livery encode',
    load: async () => (await import('./verbs/encode.ts')).encode,
  },
  {
    name: 'completion',
    summary: 'Print the script by which a shell completes this command line',
    operands: 'bash | zsh | fish',
    operandCount: 1,
    options: {},
    example: 'livery completion bash > ~/.local/share/bash-completion/completions/livery',
    details: 'Names of qubes come from the configuration. Made from the same table as this help.',
    load: async () => (await import('./verbs/completion.ts')).completion,
  },
  {
    name: 'man',
    summary: 'Print a manual page, or write all of them',
    operands: '[COMMAND…]',
    operandCount: 0,
    optionalCount: 2,
    options: { dir: { value: 'DIR', text: 'write all pages into this directory' } },
    example: 'livery man qube start | man -l -',
    load: async () => (await import('./verbs/man.ts')).man,
  },
  {
    name: 'names',
    summary: 'Say what a shell can complete',
    operands: 'LIST',
    operandCount: 1,
    internal: true,
    options: {},
    example: 'livery names qubes',
    load: async () => (await import('./verbs/completion.ts')).names,
  },
];
