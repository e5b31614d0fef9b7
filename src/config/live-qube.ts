/**
 * A qube's configuration as those hold it who work with it while it runs. What
 * they ask of it is what holds at that moment: another configuration takes the
 * place of the one before as a whole, in one step, and nobody has half of each.
 */
import type { Limits } from '../base/budgets.ts';
import type { DomainId, QubeName } from '../base/ids.ts';
import type { Label } from '../trust/label.ts';
import type { FrameProperty, QubeClipboard, QubeConfig, QubePlace } from './config.ts';

export class LiveQube implements QubeConfig {
  #now: QubeConfig;

  constructor(config: QubeConfig) {
    this.#now = config;
  }

  /** From now on `next` holds. */
  become(next: QubeConfig): void {
    this.#now = next;
  }

  /** What holds now, and stays as it is. */
  get now(): QubeConfig {
    return this.#now;
  }

  get name(): QubeName {
    return this.#now.name;
  }

  get domainId(): DomainId {
    return this.#now.domainId;
  }

  get label(): Label {
    return this.#now.label;
  }

  get backend(): QubeConfig['backend'] {
    return this.#now.backend;
  }

  get domain(): string | undefined {
    return this.#now.domain;
  }

  get attach(): QubePlace | undefined {
    return this.#now.attach;
  }

  get autostart(): boolean {
    return this.#now.autostart;
  }

  get programs(): QubeConfig['programs'] {
    return this.#now.programs;
  }

  get home(): string | undefined {
    return this.#now.home;
  }

  get homeBytes(): number | undefined {
    return this.#now.homeBytes;
  }

  get network(): boolean {
    return this.#now.network;
  }

  get memoryBytes(): number | undefined {
    return this.#now.memoryBytes;
  }

  get poolBytes(): number | undefined {
    return this.#now.poolBytes;
  }

  get fullscreen(): boolean {
    return this.#now.fullscreen;
  }

  get titles(): QubeConfig['titles'] {
    return this.#now.titles;
  }

  get overrideRedirect(): 'limited' | 'free' | 'never' {
    return this.#now.overrideRedirect ?? 'limited';
  }

  get properties(): readonly FrameProperty[] {
    return this.#now.properties ?? [];
  }

  get limits(): Limits {
    return this.#now.limits;
  }

  get clipboard(): QubeClipboard {
    return this.#now.clipboard;
  }
}
