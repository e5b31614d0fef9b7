/**
 * The verbs around the program itself: shells and manuals, configuration,
 * installation. A part of the table of verbs.ts.
 */
import { CONFIG_OPTION, JSON_OPTION, type Verb } from './verb.ts';

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
    name: 'config check',
    summary: 'Look for mistakes in the configuration',
    operands: '[FILE]',
    operandCount: 0,
    optionalCount: 1,
    options: { ...CONFIG_OPTION, ...JSON_OPTION },
    example: 'livery config check',
    details: 'Names every mistake with its line. Ends with 0 when it holds, with 2 when not.',
    load: async () => (await import('./verbs/config.ts')).configCheck,
  },
  {
    name: 'config show',
    summary: 'Say what holds: every key that has a value, whether it is in the file or not',
    operands: '[KEY]',
    operandCount: 0,
    optionalCount: 1,
    options: { ...CONFIG_OPTION, ...JSON_OPTION },
    example: 'livery config show qube.work',
    load: async () => (await import('./verbs/config.ts')).configShow,
  },
  {
    name: 'config set',
    summary: 'Change one key of the configuration; comments and everything else stay',
    operands: 'KEY VALUE',
    operandCount: 2,
    options: { ...CONFIG_OPTION, ...JSON_OPTION },
    example: 'livery config set qube.work.label purple',
    details:
      'VALUE is what TOML has (true, 6, ["xterm"]); anything else is a string. Refused, and nothing\n' +
      'is changed, when the configuration would be wrong. A daemon takes it over by `livery reload`.',
    load: async () => (await import('./verbs/config.ts')).configSet,
  },
  {
    name: 'config schema',
    summary: 'Print the JSON Schema of the configuration, for editors',
    operands: '',
    operandCount: 0,
    options: {},
    example: 'livery config schema > livery.schema.json',
    load: async () => (await import('./verbs/config.ts')).configSchema,
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
    name: 'install',
    summary: 'Put systemd units, completion, manual pages and an example configuration in place',
    operands: '',
    operandCount: 0,
    options: { user: { text: 'for this user; nothing of the system is changed' }, ...JSON_OPTION },
    example: 'livery install --user',
    details:
      'May be repeated. Never touches a configuration that is there, or a file of its own that\n' +
      'somebody has changed; says what it did with each.',
    load: async () => (await import('./verbs/install.ts')).install,
  },
  {
    name: 'uninstall',
    summary: 'Remove what livery install has put in place',
    operands: '',
    operandCount: 0,
    options: { user: { text: 'for this user; nothing of the system is changed' }, ...JSON_OPTION },
    example: 'livery uninstall --user',
    details: 'The configuration stays, and so does what runs.',
    load: async () => (await import('./verbs/install.ts')).uninstall,
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
