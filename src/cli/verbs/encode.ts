/** `livery encode`: started by `livery screenshot`. */
import { runEncoder } from '../../renderer/encode.ts';

export function encode(): Promise<number> {
  return runEncoder();
}
