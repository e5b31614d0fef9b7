/**
 * When V8 optimizes. Its own measure is a program that computes; the path of a
 * key or a picture is a few thousand bytecodes, some dozen times a second, and
 * would stay in the slow tiers for minutes.
 */
import { setFlagsFromString } from 'node:v8';

/** Bytecodes between two looks at whether a function is hot; V8's own number is 67,584. */
const INTERRUPT_BUDGET = 8_000;

/**
 * First the windows are shown: until then most code runs once or twice, and to compile it
 * would take the processors from the rest of the start. In ms.
 */
const AFTER_START_MS = 2_000;

/** To be called when the start is over. Costs some ms of compiling early, a little later. */
export function optimizeEarly(): void {
  setTimeout(
    () => setFlagsFromString(`--interrupt-budget=${INTERRUPT_BUDGET}`),
    AFTER_START_MS,
  ).unref();
}
