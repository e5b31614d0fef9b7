/**
 * Every budget of a qube in one place, with its reason. dom0's configuration
 * may change each of them for one qube ([qube.NAME.limits]); a qube's own word
 * changes none. Past a rate a qube is not ended but slowed down: nothing more is
 * read from it until the rate is kept again.
 */

export interface Budget {
  /** What holds when the configuration says nothing. */
  readonly value: number;
  /** What may be configured. */
  readonly low: number;
  readonly high: number;
  /** What is counted, in the words of an error message. */
  readonly what: string;
  readonly reason: string;
}

const budget = (
  value: number,
  low: number,
  high: number,
  what: string,
  reason: string,
): Budget => ({ value, low, high, what, reason });

const RATE_MAX = 1_000_000;
const rate = (value: number, what: string, reason: string): Budget =>
  budget(value, 1, RATE_MAX, `${what} per second`, reason);

/** What a message is counted as. */
export const RATES = {
  damagePerSecond: rate(
    20_000,
    'damage messages',
    '300 windows that each change 60 times a second; an agent sends no more than one per window and frame',
  ),
  createsPerSecond: rate(
    100,
    'new windows',
    'each is some thirty X requests; a menu bar opens ten a second',
  ),
  mapsPerSecond: rate(
    100,
    'windows shown, hidden or made icons',
    'each may make the window manager lay out the screen again',
  ),
  configuresPerSecond: rate(
    1_000,
    'moves and resizes',
    'answers to a drag at 120 Hz, for several windows; those of one turn become one X request',
  ),
  dumpsPerSecond: rate(
    1_000,
    'new images',
    'agents without an own pixel path send one with each frame: 60 Hz for some windows',
  ),
  titlesPerSecond: rate(
    50,
    'titles',
    'a person reads one; each redraws a title bar and a panel of dom0',
  ),
  classesPerSecond: rate(50, 'window classes', 'said once for each window'),
  hintsPerSecond: rate(
    100,
    'size hints',
    'said with each map and each change of a terminal font; window managers look at all of them',
  ),
  flagsPerSecond: rate(
    50,
    'changes of fullscreen, attention or minimised',
    'each is a request to the window manager; a blinking task bar entry needs two',
  ),
  cursorsPerSecond: rate(
    200,
    'mouse pointers',
    'one for each border that the pointer crosses in a fast sweep; those of one turn become one X request',
  ),
  clipboardsPerSecond: rate(
    10,
    'clipboard answers',
    'dom0 asks at the speed of a hand on the copy chord',
  ),
  othersPerSecond: rate(100, 'other messages', 'what dom0 does nothing for'),
  servicePerSecond: rate(
    500,
    'messages of the service channel',
    'answers and ends of programs, at the speed of people; icons of a session that starts',
  ),
} as const satisfies Record<string, Budget>;

export type RateName = keyof typeof RATES;

/** A qube may begin with as much as it may say in this time, besides once for each window it may have. */
export const BURST_SECONDS = 2;

export const BUDGETS = {
  maxWindows: budget(
    512,
    1,
    10_000,
    'windows at the same time',
    'more than a person has open; 11 X windows each, of which a server takes some hundred thousand',
  ),
  maxQueueMib: budget(
    8,
    1,
    64,
    'MiB that may wait for a qube to read',
    'a clipboard text of the largest size with an hour of input; a qube that hangs for longer is ended',
  ),
  turnCost: budget(
    256,
    16,
    4_096,
    'work in one turn, in damage messages',
    'about half a millisecond: what another qube waits for each that floods',
  ),
  turnRequests: budget(
    512,
    32,
    16_384,
    'X requests in one turn',
    'a window is some thirty; the X server answers them in about a millisecond',
  ),
  ...RATES,
  iconsPerSecond: rate(
    8,
    'window icons written',
    'each is up to 64 KiB in the X server and redraws a panel; the newest of each window is kept',
  ),
  noticesPerMinute: budget(
    6,
    1,
    60,
    'notices that it makes appear per minute',
    'a notice stays four seconds: more would leave none for other qubes',
  ),
  droppedPerMinute: budget(
    10_000,
    1,
    RATE_MAX,
    'messages per minute that a rule drops',
    'agents make some with each odd program; a session that says nothing else is of no use',
  ),
  xErrorsPerMinute: budget(
    1_000,
    1,
    RATE_MAX,
    'X errors per minute',
    'windows that go while they are drawn in make some; each is a packet that the daemon reads',
  ),
  floodSeconds: budget(
    300,
    0,
    86_400,
    'seconds on end past a rate before the session ends, 0 for no end',
    'a build that scrolls, or a program gone wild, is over or noticed by then',
  ),
} as const satisfies Record<string, Budget>;

/** Of all qubes together: a flood of sessions that end must leave the screen readable. */
export const NOTICES_PER_MINUTE_OF_ALL = 20;

/** The budgets of one qube, in the units of their names. */
export type Limits = { readonly [N in Exclude<keyof typeof BUDGETS, 'maxQueueMib'>]: number } & {
  /** Bytes queued towards the qube before its session ends. */
  readonly maxQueueBytes: number;
};

/** What holds when the configuration says nothing. */
export const DEFAULT_LIMITS: Limits = limitsFrom({}, undefined);

/** `values` over `base`, or over the defaults; `undefined` in `values` = as in `base`. */
export function limitsFrom(
  values: { readonly [N in keyof typeof BUDGETS]?: number | undefined },
  base: Limits | undefined,
): Limits {
  const names = Object.keys(BUDGETS) as (keyof typeof BUDGETS)[];
  const entries = names
    .filter((name) => name !== 'maxQueueMib')
    .map((name) => [name, values[name] ?? base?.[name] ?? BUDGETS[name].value]);
  const queueMib = values.maxQueueMib;
  const queue =
    queueMib === undefined && base
      ? base.maxQueueBytes
      : mib(queueMib ?? BUDGETS.maxQueueMib.value);
  return { ...(Object.fromEntries(entries) as unknown as Limits), maxQueueBytes: queue };
}

function mib(count: number): number {
  return count * 1024 * 1024;
}
