/**
 * What a message of the daemon has on the wire: flags become event numbers,
 * fields that exist only for the layout become 0.
 */
import { unreachable } from '../base/errors.ts';
import type { Fields, WireOf } from './struct.ts';
import { EVENT, type ToVm } from './to-vm.ts';

/** The body of `message`, to be written by the struct of its row. */
export function toVmBody(message: ToVm): WireOf<Fields> {
  switch (message.name) {
    case 'key': {
      const { pressed, x, y, state, keycode } = message;
      return { type: pressed ? EVENT.keyPress : EVENT.keyRelease, x, y, state, keycode };
    }
    case 'button': {
      const { pressed, x, y, state, button } = message;
      return { type: pressed ? EVENT.buttonPress : EVENT.buttonRelease, x, y, state, button };
    }
    case 'motion': {
      const { x, y, state } = message;
      return { x, y, state, isHint: 0 };
    }
    case 'crossing': {
      const { entered, x, y, state, mode, detail, focus } = message;
      const type = entered ? EVENT.enter : EVENT.leave;
      return { type, x, y, state, mode, detail, focus: focus ? 1 : 0 };
    }
    case 'focus': {
      const { focused, mode, detail } = message;
      return { type: focused ? EVENT.focusIn : EVENT.focusOut, mode, detail };
    }
    case 'resize':
      return { width: message.width, height: message.height };
    case 'map':
      return { transientFor: 0, overrideRedirect: message.overrideRedirect ? 1 : 0 };
    case 'configure': {
      const { x, y, width, height } = message;
      return { x, y, width, height, overrideRedirect: message.overrideRedirect ? 1 : 0 };
    }
    case 'execute':
      return { command: message.command };
    case 'clipboardData':
      return { data: message.data };
    case 'keymap':
      return { bitmap: message.bitmap };
    case 'flags':
      return { set: message.set, unset: message.unset };
    case 'destroyAck':
    case 'close':
    case 'clipboardRequest':
    case 'dumpAck':
      return {};
    default:
      return unreachable(message);
  }
}
