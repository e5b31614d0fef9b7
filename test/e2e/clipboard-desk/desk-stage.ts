/**
 * A real screen with the desktop and its clipboard on it: the real machine,
 * vault and renderer, the shipped policy, and qubes played by the test.
 */
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../../src/base/clock.ts';
import type { VmWindowId } from '../../../src/base/ids.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { AuditFact } from '../../../src/clipboard/audit.ts';
import { FOCUS_SETTLE_MS } from '../../../src/clipboard/machine.ts';
import { type PolicyState, SHIPPED_POLICY } from '../../../src/clipboard/policy.ts';
import { parsePolicy } from '../../../src/clipboard/policy-file.ts';
import type { ClipboardFace } from '../../../src/desktop/clipboard/clipboard-desk.ts';
import { RendererClient } from '../../../src/surface/renderer-client.ts';
import { type Screen, type ScreenOptions, waitUntil } from '../../rig/rig.ts';
import { openScene, type Scene, type TestQube } from '../desktop/scene.ts';

export const LIVERY_SCRIPT = fileURLToPath(new URL('../../../dist/bin/livery.js', import.meta.url));
const NO_BUS = '/nonexistent/bus';

export interface DeskOptions extends ScreenOptions {
  readonly policy?: string;
  readonly promptMs?: number;
  readonly keepMs?: number;
  readonly lockers?: ReadonlySet<string>;
  readonly bus?: string;
  readonly language?: 'en' | 'de';
}

export class DeskStage implements AsyncDisposable {
  readonly scene: Scene;
  readonly audit: AuditFact[] = [];
  readonly #renderer: RendererClient;

  private constructor(scene: Scene, renderer: RendererClient, audit: AuditFact[]) {
    this.scene = scene;
    this.#renderer = renderer;
    this.audit = audit;
  }

  static async open(options: DeskOptions): Promise<DeskStage> {
    const audit: AuditFact[] = [];
    const renderer = await RendererClient.start({
      log: silentLog,
      clock: systemClock,
      script: LIVERY_SCRIPT,
    });
    const policy = policyOf(options.policy ?? SHIPPED_POLICY);
    const scene = await openScene(options, {
      clipboard: {
        settings: {
          answerMs: 2000,
          keepMs: options.keepMs ?? 60_000,
          promptMs: options.promptMs ?? 30_000,
          wipeOnLock: true,
        },
        policy: () => policy,
        audit: (fact) => void audit.push(fact),
        renderer,
        language: options.language ?? 'en',
        systemBus: options.bus ?? NO_BUS,
      },
      lockers: options.lockers,
    });
    return new DeskStage(scene, renderer, audit);
  }

  get screen(): Screen {
    return this.scene.screen;
  }

  get clipboard(): ClipboardFace {
    const { clipboard } = this.scene.desktop;
    if (!clipboard) throw new Error('there is no clipboard');
    return clipboard;
  }

  /** Clicks into the window; resolves when it has the focus for so long that chords in it count. */
  async focus(qube: TestQube, id: VmWindowId): Promise<void> {
    const { content } = await this.scene.shown(qube, id);
    if (qube.session.focused !== id) {
      await this.screen.user.click(content.x + 5, content.y + 5);
      await waitUntil(() => qube.session.focused === id, `window ${id} has the focus`);
    }
    // The rule is about time, so this waits for time.
    await pause(FOCUS_SETTLE_MS + 30);
  }

  /** Copies `text` as the qube's window `id`, which has the focus. */
  async copy(qube: TestQube, id: VmWindowId, text: string): Promise<void> {
    const before = qube.session.of('clipboard-request').length;
    await this.screen.user.tap(KEY.control, KEY.shift, KEY.c);
    await waitUntil(
      () => qube.session.of('clipboard-request').length > before,
      `window ${id} is asked`,
    );
    qube.port.clipboardData(Buffer.from(text));
    await waitUntil(() => this.clipboard.show().state === 'kept', 'the text is kept');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scene[Symbol.asyncDispose]();
    this.#renderer[Symbol.dispose]();
  }
}

export const KEY = { control: 0xffe3, shift: 0xffe1, c: 0x63, v: 0x76, x: 0x78 } as const;

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function policyOf(text: string): PolicyState {
  const parsed = parsePolicy(text, { qubes: ['work', 'vault'], labels: ['blue', 'black'] });
  if (!parsed.ok) throw new Error(parsed.mistakes[0]?.text);
  return parsed.policy;
}
