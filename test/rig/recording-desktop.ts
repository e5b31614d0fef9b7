/**
 * A desktop without a screen: remembers what a session told it, in order.
 */
import type { Rect } from '../../src/base/geometry.ts';
import type { VmWindowId } from '../../src/base/ids.ts';
import type { Untrusted } from '../../src/base/untrusted.ts';
import type { DesktopPort, NewWindow, SizeHints, Surface } from '../../src/session/port.ts';
import { eventually } from './eventually.ts';

export type Told =
  | { readonly name: 'sessionReady'; readonly version: string }
  | { readonly name: 'sessionEnded'; readonly code: string; readonly reason: string }
  | ({ readonly name: 'windowCreated' } & NewWindow)
  | { readonly name: 'windowDestroyed' | 'windowUnmapped' | 'docked'; readonly id: VmWindowId }
  | {
      readonly name: 'windowMapped';
      readonly id: VmWindowId;
      readonly transientFor: VmWindowId | undefined;
      readonly overrideRedirect: boolean;
    }
  | { readonly name: 'windowConfigured'; readonly id: VmWindowId; readonly rect: Rect }
  | { readonly name: 'titleChanged'; readonly id: VmWindowId; readonly text: string }
  | {
      readonly name: 'classChanged';
      readonly id: VmWindowId;
      readonly resClass: string;
      readonly resName: string;
    }
  | { readonly name: 'hintsChanged'; readonly id: VmWindowId; readonly hints: SizeHints }
  | {
      readonly name: 'flagsRequested';
      readonly id: VmWindowId;
      readonly set: number;
      readonly unset: number;
    }
  | {
      readonly name: 'cursorChanged';
      readonly id: VmWindowId;
      readonly glyph: number | undefined;
    }
  | {
      readonly name: 'surfaceChanged';
      readonly id: VmWindowId;
      readonly surface: Surface | undefined;
    }
  | { readonly name: 'damaged'; readonly id: VmWindowId; readonly rect: Rect }
  | { readonly name: 'clipboardData'; readonly text: string };

export class RecordingDesktop implements DesktopPort {
  readonly told: Told[] = [];
  /** Called for each damage instead of recording it, for floods. */
  onDamage: (() => void) | undefined;

  sessionReady(version: string): void {
    this.told.push({ name: 'sessionReady', version });
  }

  windowCreated(window: NewWindow): void {
    this.told.push({ name: 'windowCreated', ...window });
  }

  windowDestroyed(id: VmWindowId): void {
    this.told.push({ name: 'windowDestroyed', id });
  }

  windowMapped(
    id: VmWindowId,
    map: { transientFor: VmWindowId | undefined; overrideRedirect: boolean },
  ): void {
    this.told.push({ name: 'windowMapped', id, ...map });
  }

  windowUnmapped(id: VmWindowId): void {
    this.told.push({ name: 'windowUnmapped', id });
  }

  windowConfigured(id: VmWindowId, rect: Rect): void {
    this.told.push({ name: 'windowConfigured', id, rect });
  }

  titleChanged(id: VmWindowId, text: Untrusted<Uint8Array>): void {
    this.told.push({ name: 'titleChanged', id, text: plain(text) });
  }

  classChanged(
    id: VmWindowId,
    resClass: Untrusted<Uint8Array>,
    resName: Untrusted<Uint8Array>,
  ): void {
    this.told.push({
      name: 'classChanged',
      id,
      resClass: plain(resClass),
      resName: plain(resName),
    });
  }

  hintsChanged(id: VmWindowId, hints: SizeHints): void {
    this.told.push({ name: 'hintsChanged', id, hints });
  }

  flagsRequested(id: VmWindowId, set: number, unset: number): void {
    this.told.push({ name: 'flagsRequested', id, set, unset });
  }

  cursorChanged(id: VmWindowId, glyph: number | undefined): void {
    this.told.push({ name: 'cursorChanged', id, glyph });
  }

  docked(id: VmWindowId): void {
    this.told.push({ name: 'docked', id });
  }

  surfaceChanged(id: VmWindowId, surface: Surface | undefined): void {
    this.told.push({ name: 'surfaceChanged', id, surface });
  }

  /** Not recorded: every CONFIGURE says it. */
  placeOnScreen(): void {}

  damaged(id: VmWindowId, x: number, y: number, width: number, height: number): void {
    if (this.onDamage) this.onDamage();
    else this.told.push({ name: 'damaged', id, rect: { x, y, width, height } });
  }

  clipboardData(data: Uint8Array): void {
    this.told.push({ name: 'clipboardData', text: Buffer.from(data).toString('latin1') });
  }

  sessionEnded(code: string, reason: string): void {
    this.told.push({ name: 'sessionEnded', code, reason });
  }

  names(): string[] {
    return this.told.map((event) => event.name);
  }

  of<N extends Told['name']>(name: N): Extract<Told, { name: N }>[] {
    return this.told.filter((event): event is Extract<Told, { name: N }> => event.name === name);
  }

  /** Waits for `count` events of this name and gives them. */
  async wait<N extends Told['name']>(name: N, count = 1): Promise<Extract<Told, { name: N }>[]> {
    return eventually(
      () => {
        const found = this.of(name);
        return found.length >= count ? found : undefined;
      },
      `${count} ${name}; told so far: ${this.names().join(' ')}`,
    );
  }

  /** Windows that exist by what was told. */
  windows(): VmWindowId[] {
    let windows: VmWindowId[] = [];
    for (const event of this.told) {
      if (event.name === 'windowCreated') windows.push(event.id);
      if (event.name === 'windowDestroyed') windows = windows.filter((id) => id !== event.id);
      if (event.name === 'sessionEnded') windows = [];
    }
    return windows;
  }
}

function plain(text: Untrusted<Uint8Array>): string {
  return text.parse((bytes) => Buffer.from(bytes).toString('latin1'));
}
