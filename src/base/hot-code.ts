/**
 * When V8 optimizes. Its own measure is a program that computes; the path of a
 * key or a picture is a few thousand bytecodes, some dozen times a second, and
 * would stay in the slow tiers for minutes.
 */
import { setFlagsFromString } from 'node:v8';

/** Bytecodes between two looks at whether a function is hot; V8's own number is 67,584. */
const INTERRUPT_BUDGET = 8_000;

/** To be called once, before the path of pixels is loaded. Costs some ms of compiling early. */
export function optimizeEarly(): void {
  setFlagsFromString(`--interrupt-budget=${INTERRUPT_BUDGET}`);
}
