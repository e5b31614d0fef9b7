/**
 * dom0's screen: is there one, can it be reached, and has its X server what
 * frames and pixels need?
 */
import { existsSync } from 'node:fs';
import { messageOf, UserError } from '../../base/errors.ts';
import type { Config } from '../../config/config.ts';
import { isXwayland, XWAYLAND_WARNING } from '../../daemon/xwayland.ts';
import { XConnection } from '../../x11/connection.ts';
import { type Display, parseDisplay } from '../../x11/display.ts';
import { queryExtension, Shm } from '../../x11/shm.ts';
import { findCookie } from '../../x11/xauthority.ts';
import { checkChords } from './chords.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

/** Besides MIT-SHM 1.2, without which no pixel can be shown. */
const EXTENSIONS = [
  { name: 'Composite', loss: 'a compositor cannot run' },
  { name: 'DAMAGE', loss: 'programs cannot follow what is drawn' },
  { name: 'RANDR', loss: 'all monitors count as one' },
  { name: 'XFIXES', loss: 'changes of the clipboard are not seen' },
  { name: 'XTEST', loss: 'tests and remote control cannot type' },
] as const;
const HINT = 'use an Xorg, Xvfb or Xvnc server of X.Org 1.13 or newer';
const FRAME_DEPTH = 24;

/** @param config undefined = the chords that hold without one are looked at */
export async function checkDisplay(
  env: NodeJS.ProcessEnv,
  config: Config | undefined,
): Promise<Finding[]> {
  let display: Display;
  try {
    display = parseDisplay(env.DISPLAY);
  } catch (error) {
    return [failure(error)];
  }
  const name = `:${display.number}`;
  if (!existsSync(display.path)) {
    return [
      problem(
        'display',
        `there is no X server at ${name} (${display.path} does not exist)`,
        'set DISPLAY to a running local X server, or use: livery demo --own-screen',
      ),
    ];
  }
  const findings: Finding[] = [];
  const cookie = findCookie(display, env.XAUTHORITY);
  if (cookie.data.length === 0) {
    findings.push(
      warning(
        'display',
        `no cookie for ${name} was found: whoever reaches its socket can watch and type`,
        'start the X server with -auth, and set XAUTHORITY to that file',
      ),
    );
  }
  let x: XConnection;
  try {
    x = await XConnection.open(display, { name: 'livery doctor', cookie });
  } catch (error) {
    return [...findings, failure(error)];
  }
  using connection = x;
  const { width, height, depth } = connection.screen;
  findings.push(
    ok('display', `${name} answers: ${width}x${height}, depth ${depth}, ${connection.vendor}`),
  );
  if (depth !== FRAME_DEPTH) {
    findings.push(
      problem('display', `the screen has depth ${depth}, expected ${FRAME_DEPTH}`, HINT),
    );
  }
  findings.push(...(await checkExtensions(connection)));
  findings.push(...(await checkChords(connection, config)));
  if (await isXwayland(display, cookie)) {
    findings.push(warning('display', XWAYLAND_WARNING, 'livery demo --own-screen'));
  }
  return findings;
}

function failure(error: unknown): Finding {
  return problem('display', messageOf(error), error instanceof UserError ? error.hint : undefined);
}

async function checkExtensions(x: XConnection): Promise<Finding[]> {
  const findings: Finding[] = [];
  try {
    await Shm.open(x);
  } catch (error) {
    const reason = `${messageOf(error)}: no pixel of a qube can be shown`;
    findings.push(problem('extensions', reason, HINT));
  }
  for (const { name, loss } of EXTENSIONS) {
    const there = await queryExtension(x, name).then(
      () => true,
      () => false,
    );
    if (!there) findings.push(warning('extensions', `the X server lacks ${name}: ${loss}`, HINT));
  }
  return findings.length > 0
    ? findings
    : [ok('extensions', 'MIT-SHM 1.2 and all others are there')];
}
