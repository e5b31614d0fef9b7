/**
 * A prompt whose grabs end without its doing, which only its own connection
 * can bring about at will: so the prompt here is on the test's connection.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { PromptVerdict } from '../../../src/clipboard/machine-types.ts';
import { TakenKeys } from '../../../src/desktop/clipboard/key-filter.ts';
import { KeyboardWatch } from '../../../src/desktop/clipboard/keyboard-watch.ts';
import { Prompt } from '../../../src/desktop/clipboard/prompt.ts';
import { SurfaceStage } from '../../../src/desktop/clipboard/surface-stage.ts';
import { GUARD_MS } from '../../../src/desktop/fresh-keys.ts';
import { MonitorWatch } from '../../../src/desktop/monitors.ts';
import { RootWatch } from '../../../src/desktop/root-watch.ts';
import { Stacking } from '../../../src/desktop/stacking.ts';
import { RendererClient } from '../../../src/surface/renderer-client.ts';
import { type Screen, startScreen, waitUntil } from '../../rig/rig.ts';
import { LIVERY_SCRIPT, pause } from './desk-stage.ts';

const WHOLE = { x: 0, y: 0, width: 1280, height: 800 };
const NOWHERE = { x: 0, y: 0, width: 1, height: 1 };

let screen: Screen;
let renderer: RendererClient;
let stacking: Stacking;
let stage: SurfaceStage;
let keyboard: KeyboardWatch;

beforeEach(async () => {
  screen = await startScreen({ wm: 'none' });
  const { x } = screen;
  const log = silentLog;
  const clock = systemClock;
  renderer = await RendererClient.start({ log, clock, script: LIVERY_SCRIPT });
  stacking = new Stacking(x, await RootWatch.start(x), clock, () => new Set());
  const monitors = await MonitorWatch.start(x);
  const parts = { x, clock, log, stacking, monitors, renderer, language: 'en', scale: 1 } as const;
  stage = await SurfaceStage.open(parts);
  keyboard = await KeyboardWatch.start(x);
});

afterEach(async () => {
  stage[Symbol.dispose]();
  stacking[Symbol.dispose]();
  renderer[Symbol.dispose]();
  await screen[Symbol.asyncDispose]();
});

/** An empty prompt of 200 x 100. */
function open(deadlineMs = 10_000): { prompt: Prompt; verdicts: PromptVerdict[] } {
  const { x } = screen;
  const pixmap = x.allocId();
  x.X.CreatePixmap(pixmap, x.root, 24, 200, 100);
  const verdicts: PromptVerdict[] = [];
  const prompt = new Prompt(
    { stage, keyboard, taken: new TakenKeys() },
    {
      drawing: { width: 200, height: 100, paste: NOWHERE, cancel: NOWHERE, bar: NOWHERE },
      picture: { pixmap, width: 200, height: 100, [Symbol.dispose]: () => {} },
      monitor: WHOLE,
      deadlineMs: systemClock.nowMs() + deadlineMs,
    },
    (verdict) => verdicts.push(verdict),
  );
  return { prompt, verdicts };
}

test('it lives as long as it has both', async () => {
  const { prompt, verdicts } = open();
  await pause(GUARD_MS + 300);
  expect(verdicts).toEqual([]);
  prompt[Symbol.dispose]();
  await pause(100);
  expect(verdicts).toEqual([]);
});

test('the keyboard’s grab ends: no', async () => {
  const { verdicts } = open();
  await pause(GUARD_MS);
  screen.x.X.UngrabKeyboard(0);
  await waitUntil(() => verdicts.length > 0, 'it ends');
  expect(verdicts).toEqual(['lost']);
});

test('the pointer’s grab ends: no', async () => {
  const { verdicts } = open();
  await pause(GUARD_MS);
  screen.x.X.UngrabPointer(0);
  await waitUntil(() => verdicts.length > 0, 'it ends');
  expect(verdicts).toEqual(['lost']);
});

test('time is up: one verdict', async () => {
  const { verdicts } = open(200);
  await pause(600);
  expect(verdicts).toEqual(['timeout']);
});
