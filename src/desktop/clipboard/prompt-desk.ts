/**
 * The prompts of the clipboard, one at a time: makes the picture with the
 * beginning of the text in it, opens a `Prompt`, and reports its verdict once.
 * Whatever goes wrong on the way is a "no".
 */
import { messageOf } from '../../base/errors.ts';
import type { PromptFacts, PromptVerdict } from '../../clipboard/machine-types.ts';
import { PREVIEW_MAX_BYTES, previewInto } from '../../clipboard/preview.ts';
import type { Vault } from '../../native/addon.ts';
import type { PromptDrawing } from '../../surface/drawing.ts';
import { promptPicture } from '../../surface/prompt-picture.ts';
import type { TakenKeys } from './key-filter.ts';
import type { KeyboardWatch } from './keyboard-watch.ts';
import { Prompt } from './prompt.ts';
import type { SurfaceStage } from './surface-stage.ts';

/** As a person writes them; what they do is in prompt-input.ts. */
const KEYS = { paste: 'Ctrl+Enter', cancel: 'Esc' } as const;

export class PromptDesk implements Disposable {
  readonly #stage: SurfaceStage;
  readonly #keyboard: KeyboardWatch;
  readonly #taken: TakenKeys;
  readonly #answered: (id: number, verdict: PromptVerdict) => void;
  #open: { readonly id: number; prompt: Prompt | undefined } | undefined;

  constructor(
    stage: SurfaceStage,
    keyboard: KeyboardWatch,
    taken: TakenKeys,
    answered: (id: number, verdict: PromptVerdict) => void,
  ) {
    this.#stage = stage;
    this.#keyboard = keyboard;
    this.#taken = taken;
    this.#answered = answered;
  }

  /** Asks; `answered` comes once, never from inside this call, unless `end` comes before. */
  open(facts: PromptFacts, vault: Vault): void {
    this.#close();
    const open = { id: facts.id, prompt: undefined };
    this.#open = open;
    void this.#show(open, this.#draw(facts, vault), facts);
  }

  /** It is not waited for any more. */
  end(id: number): void {
    if (this.#open?.id === id) this.#close();
  }

  /** The screen was locked: whoever sits there now is not to be asked. */
  lock(): void {
    if (this.#open) this.#finish(this.#open, 'lost');
  }

  [Symbol.dispose](): void {
    this.#close();
  }

  #draw(facts: PromptFacts, vault: Vault): PromptDrawing | undefined {
    const { clock, log, scale, language } = this.#stage;
    const preview = new Uint8Array(PREVIEW_MAX_BYTES);
    try {
      let length = 0;
      vault.lend((bytes) => {
        length = previewInto(preview, bytes);
        return undefined;
      });
      return promptPicture(facts, {
        scale,
        language,
        nowMs: clock.nowMs(),
        keys: KEYS,
        preview: preview.subarray(0, length),
      });
    } catch (error) {
      log.error({ reason: messageOf(error) }, 'a prompt could not be drawn');
      return undefined;
    } finally {
      preview.fill(0);
    }
  }

  async #show(
    open: { readonly id: number; prompt: Prompt | undefined },
    drawing: PromptDrawing | undefined,
    facts: PromptFacts,
  ): Promise<void> {
    const { pictures, log } = this.#stage;
    try {
      if (!drawing) throw new Error('there is no picture of it');
      const [picture, monitor] = await Promise.all([
        pictures.secretPicture(drawing),
        this.#stage.monitor(),
      ]);
      if (this.#open !== open) {
        picture[Symbol.dispose]();
        return;
      }
      open.prompt = new Prompt(
        { stage: this.#stage, keyboard: this.#keyboard, taken: this.#taken },
        { drawing, picture, monitor, deadlineMs: facts.deadlineMs },
        (verdict) => this.#finish(open, verdict),
      );
    } catch (error) {
      log.error({ reason: messageOf(error) }, 'a prompt could not be shown');
      this.#finish(open, 'lost');
    } finally {
      drawing?.wipe();
    }
  }

  #finish(open: { readonly id: number }, verdict: PromptVerdict): void {
    if (this.#open !== open) return;
    this.#close();
    this.#answered(open.id, verdict);
  }

  #close(): void {
    const open = this.#open;
    this.#open = undefined;
    open?.prompt?.[Symbol.dispose]();
  }
}
