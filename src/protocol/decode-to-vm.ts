/**
 * The agent's side of decoding: frames of the daemon to messages. The daemon
 * is trusted, yet an event type that makes no sense is dropped, never guessed.
 */

import type { VmWindowId } from '../base/ids.ts';
import {
  Button,
  Configure,
  Crossing,
  Flags,
  Focus,
  Key,
  MapBody,
  Motion,
  Resize,
} from './bodies.ts';
import type { Frame } from './framing.ts';
import { type RuleCode, violation } from './rules.ts';
import { EVENT, type ToVmRead, toVm } from './to-vm.ts';

/**
 * The message in `frame`, which a reader of the table `toVm` gave. Byte fields
 * are views of the reader's memory. `map.transientFor` is not decoded: the
 * reference daemon sends uninitialised bytes there.
 */
export function decodeToVm(frame: Frame): ToVmRead {
  const window = frame.window as VmWindowId;
  const row = toVm.byType[frame.type];
  const { buffer, offset, length } = frame;
  switch (row?.name) {
    case 'key': {
      const { type, x, y, state, keycode } = Key.read(buffer, offset, length);
      const pressed = either(type, EVENT.keyPress, EVENT.keyRelease);
      if (pressed === undefined) return ignored(window, 'GUI_INPUT_TYPE');
      return { name: 'key', window, pressed, x, y, state, keycode };
    }
    case 'button': {
      const { type, x, y, state, button } = Button.read(buffer, offset, length);
      const pressed = either(type, EVENT.buttonPress, EVENT.buttonRelease);
      if (pressed === undefined) return ignored(window, 'GUI_INPUT_TYPE');
      return { name: 'button', window, pressed, x, y, state, button };
    }
    case 'motion': {
      const { x, y, state } = Motion.read(buffer, offset, length);
      return { name: 'motion', window, x, y, state };
    }
    case 'crossing': {
      const wire = Crossing.read(buffer, offset, length);
      const { x, y, state, mode, detail } = wire;
      const entered = either(wire.type, EVENT.enter, EVENT.leave);
      if (entered === undefined) return ignored(window, 'GUI_INPUT_TYPE');
      const focus = wire.focus !== 0;
      return { name: 'crossing', window, entered, x, y, state, mode, detail, focus };
    }
    case 'focus': {
      const { type, mode, detail } = Focus.read(buffer, offset, length);
      const focused = either(type, EVENT.focusIn, EVENT.focusOut);
      if (focused === undefined) return ignored(window, 'GUI_INPUT_TYPE');
      return { name: 'focus', window, focused, mode, detail };
    }
    case 'resize':
      return { name: 'resize', window, ...Resize.read(buffer, offset, length) };
    case 'map': {
      const { overrideRedirect } = MapBody.read(buffer, offset, length);
      return { name: 'map', window, overrideRedirect: overrideRedirect !== 0 };
    }
    case 'configure': {
      const { x, y, width, height, overrideRedirect } = Configure.read(buffer, offset, length);
      return {
        name: 'configure',
        window,
        x,
        y,
        width,
        height,
        overrideRedirect: overrideRedirect !== 0,
      };
    }
    case 'execute':
      return { name: 'execute', window, command: frame.body };
    case 'clipboardData':
      return { name: 'clipboardData', window, data: frame.body };
    case 'keymap':
      return { name: 'keymap', window, bitmap: frame.body };
    case 'flags':
      return { name: 'flags', window, ...Flags.read(buffer, offset, length) };
    case 'destroyAck':
    case 'close':
    case 'clipboardRequest':
    case 'dumpAck':
      return { name: row.name, window };
    case undefined:
      throw violation('GUI_TYPE', `type ${frame.type}`);
  }
}

/** True for the first number, false for the second, undefined for any other. */
function either(type: number, yes: number, no: number): boolean | undefined {
  return type === yes ? true : type === no ? false : undefined;
}

function ignored(window: VmWindowId, rule: RuleCode): ToVmRead {
  return { name: 'ignored', window, rule };
}
