/**
 * Every verb of the command line, as one table: help, parsing and dispatch come
 * from it. A verb's code is loaded only when it is used; the agent in a sandbox
 * never loads what dom0's commands need.
 */
import { CONFIG_OPTION, JSON_OPTION, PARENT_OPTION, type Verb } from './verb.ts';

export const VERBS: readonly Verb[] = [
  {
    name: 'demo',
    summary: 'Show real programs of three qubes in their trust colours',
    operands: '',
    operandCount: 0,
    options: {
      'own-screen': { text: 'use an X screen of its own, also when $DISPLAY is set' },
      check: { text: 'on its own screen: wait for every window, look at the frames, end' },
      screenshot: { value: 'FILE.png', text: 'write a picture of the screen' },
      keep: { text: 'go on after --check until Ctrl-C' },
      ...CONFIG_OPTION,
    },
    example: 'livery demo --check --screenshot demo.png',
    details:
      'Without $DISPLAY it starts a screen of its own and says how to look at it.\n' +
      'With --check the last line of standard output is one JSON object.',
    load: async () => (await import('./verbs/demo.ts')).demo,
  },
  {
    name: 'daemon',
    summary: 'Show the windows of all qubes on $DISPLAY',
    operands: '',
    operandCount: 0,
    options: { ...CONFIG_OPTION, ...PARENT_OPTION },
    example: 'livery daemon --config ~/.config/livery/livery.toml',
    details:
      'Starts the keeper first when none is running; the keeper and its qubes stay when the daemon ends.',
    load: async () => (await import('./verbs/daemon.ts')).daemon,
  },
  {
    name: 'run',
    summary: 'Start a program in a qube',
    operands: 'QUBE [--wait] -- PROGRAM [ARGUMENT…]',
    operandCount: 1,
    takesProgram: true,
    options: {
      wait: { text: 'wait for the program and end with its exit status' },
      ...JSON_OPTION,
    },
    example: 'livery run work -- xterm -geometry 80x24',
    load: async () => (await import('./verbs/run.ts')).run,
  },
  {
    name: 'qube list',
    summary: 'List the qubes of the configuration and their state',
    operands: '',
    operandCount: 0,
    options: { ...JSON_OPTION },
    example: 'livery qube list',
    load: async () => (await import('./verbs/qube.ts')).qubeList,
  },
  {
    name: 'qube start',
    summary: 'Start a qube',
    operands: 'QUBE',
    operandCount: 1,
    options: { ...JSON_OPTION },
    example: 'livery qube start work',
    load: async () => (await import('./verbs/qube.ts')).qubeStart,
  },
  {
    name: 'qube stop',
    summary: 'Stop a qube and every program in it',
    operands: 'QUBE',
    operandCount: 1,
    options: { ...JSON_OPTION },
    example: 'livery qube stop work',
    load: async () => (await import('./verbs/qube.ts')).qubeStop,
  },
  {
    name: 'windows',
    summary: 'List the windows on the screen and whose they are',
    operands: '',
    operandCount: 0,
    options: { ...JSON_OPTION },
    example: 'livery windows --json',
    load: async () => (await import('./verbs/windows.ts')).windows,
  },
  {
    name: 'icons',
    summary: 'Hand a qube\'s icons to whoever shows its windows',
    operands: '',
    operandCount: 0,
    options: { qube: { value: 'QUBE', text: 'whose icons (in a qrexec call: the caller)' } },
    example: 'livery icons --qube work < icons',
    details:
      'The program of the qrexec service qubes.WindowIconUpdater in dom0: reads the stream of a\n' +
      'Qubes agent from standard input. Waits 30 s for the windows of the qube.',
    load: async () => (await import('./verbs/icons.ts')).icons,
  },
  {
    name: 'doctor',
    summary: 'Check everything that Livery needs, and say what to do',
    operands: '',
    operandCount: 0,
    options: { ...CONFIG_OPTION, ...JSON_OPTION },
    example: 'livery doctor',
    details: 'Ends with 0 when Livery can be used, with 3 when something is missing.',
    load: async () => (await import('./verbs/doctor.ts')).doctor,
  },
  {
    name: 'shutdown',
    summary: 'End the daemon, every qube, and the keeper',
    operands: '',
    operandCount: 0,
    options: {},
    example: 'livery shutdown',
    load: async () => (await import('./verbs/shutdown.ts')).shutdown,
  },
  {
    name: 'keeper',
    summary: 'Run the keeper: it starts qubes and holds them while the daemon is away',
    operands: '',
    operandCount: 0,
    options: { ...CONFIG_OPTION, ...PARENT_OPTION },
    example: 'livery keeper --config ~/.config/livery/livery.toml',
    load: async () => (await import('./verbs/keeper.ts')).keeper,
  },
  {
    name: 'agent',
    summary: 'Run the agent (inside a qube)',
    operands: '',
    operandCount: 0,
    internal: true,
    options: {
      screen: { value: 'WxH', text: 'start the X server at once with this size' },
      'x-server': { value: 'KIND', text: 'xvfb or xvnc' },
      protocol: { value: 'VERSION', text: 'speak the GUI protocol of this version, 1.0 to 1.8' },
    },
    example: 'livery agent',
    load: async () => (await import('./verbs/agent.ts')).agent,
  },
  {
    name: 'stage',
    summary: 'Hold the processes of a demo, and end them when the demo ends',
    operands: '',
    operandCount: 0,
    internal: true,
    options: { ...CONFIG_OPTION, 'own-screen': { text: 'start an X screen' } },
    example: 'livery stage --own-screen',
    load: async () => (await import('./verbs/stage.ts')).stage,
  },
];
