/**
 * The properties E of the golden vectors that a whole stream of an agent has
 * to have, so that a real daemon neither ends nor asks the user. Used on the
 * recorded sessions and on what our own agent says.
 */
import { decodeFromVm } from '../../../src/protocol/decode.ts';
import { FrameReader } from '../../../src/protocol/framing.ts';
import { fromVm } from '../../../src/protocol/from-vm.ts';
import { v } from './support.ts';

interface Live {
  /** Size of the last dump. */
  readonly buffer?: { readonly width: number; readonly height: number };
}

/** What is wrong with `stream`, an agent's bytes after its version word; none when all holds. */
export function agentFaults(stream: Uint8Array, minor = 8): string[] {
  const faults: string[] = [];
  const live = new Map<number, Live>();
  const reader = new FrameReader(fromVm, { version: v(minor) });
  reader.push(stream);
  for (let frame = reader.next(); frame; frame = reader.next()) {
    const message = decodeFromVm(frame);
    const id = message.window;
    const window = live.get(id);
    const rule = frame.row?.window;
    if (message.name === 'ignored') {
      faults.push(`${frame.row?.wireName} is dropped by ${message.rule}`);
      continue;
    }
    if (rule === 'must-exist' && window === undefined) faults.push(`E3 ${message.name} of ${id}`);
    switch (message.name) {
      case 'create':
        if (window !== undefined) faults.push(`E3 CREATE of the live ${id}`);
        live.set(id, {});
        break;
      case 'destroy':
        live.delete(id);
        break;
      case 'dump': {
        if (message.refs.length === 0) faults.push('E7 a dump without references');
        live.set(id, { buffer: message });
        break;
      }
      case 'shmImage': {
        const { buffer } = window ?? {};
        if (buffer === undefined) faults.push('E9 SHMIMAGE before any dump');
        else if (message.x + message.width > buffer.width) faults.push('E9 SHMIMAGE too wide');
        else if (message.y + message.height > buffer.height) faults.push('E9 SHMIMAGE too high');
        break;
      }
      default:
        break;
    }
  }
  if (reader.pending > 0) faults.push(`${reader.pending} bytes are left over`);
  return faults;
}
