/**
 * A modelled X server and window manager move a window about; the desktop's
 * connection is read late and queries are answered late. Whatever the order,
 * no pair of place and size is told that was not true when the server sent
 * what it was learned from, and in the end the truth is told.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Rect, sameRect } from '../../../src/base/geometry.ts';
import {
  newPlacement,
  type PlacementEvent,
  type PlacementState,
  stepPlacement,
} from '../../../src/desktop/placement.ts';

const B = 6;
const START: Rect = { x: 100, y: 100, width: 50, height: 40 };

type Act =
  /** The window manager moves its window; `tells`: it sends the client a ConfigureNotify of its own. */
  | {
      readonly do: 'manager-moves';
      readonly x: number;
      readonly y: number;
      readonly tells: boolean;
    }
  | {
      readonly do: 'manager-resizes';
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly moves: boolean;
      readonly tells: boolean;
    }
  /** Takes the window, or gives it back to the root. */
  | { readonly do: 'reparents'; readonly dx: number; readonly dy: number }
  | { readonly do: 'gives-back' }
  /** Somebody moves the frame itself while nobody manages it. */
  | { readonly do: 'moves-frame'; readonly rect: Rect }
  | { readonly do: 'read' | 'read-root' | 'serve' };

interface Sent {
  readonly event: PlacementEvent;
  /** Where the content was when the server sent it. */
  readonly truth: Rect;
}

class World {
  state: PlacementState = newPlacement(START, B);
  #manager: { x: number; y: number; dx: number; dy: number } | undefined;
  /** The frame in its parent. */
  #frame = {
    x: START.x - B,
    y: START.y - B,
    width: START.width + 2 * B,
    height: START.height + 2 * B,
  };
  readonly #stream: Sent[] = [];
  #rootMoves = 0;
  #queries = 0;
  readonly told: Rect[] = [];
  lies = 0;

  constructor() {
    this.#step({ kind: 'mapping', rect: START }, START);
    this.#step({ kind: 'shown' }, START);
  }

  get truth(): Rect {
    const origin = this.#manager ?? { x: 0, y: 0 };
    return {
      x: origin.x + this.#frame.x + B,
      y: origin.y + this.#frame.y + B,
      width: this.#frame.width - 2 * B,
      height: this.#frame.height - 2 * B,
    };
  }

  act(act: Act): void {
    const manager = this.#manager;
    switch (act.do) {
      case 'manager-moves':
        if (!manager) return;
        manager.x = act.x;
        manager.y = act.y;
        this.#rootMoves++;
        if (act.tells) this.#synthetic();
        return;
      case 'manager-resizes':
        if (!manager) return;
        if (act.moves) {
          manager.x = act.x;
          manager.y = act.y;
          this.#rootMoves++;
        }
        this.#frame = { ...this.#frame, width: act.width, height: act.height };
        this.#real();
        if (act.tells) this.#synthetic();
        return;
      case 'reparents': {
        if (manager) return;
        const { x, y } = this.#frame;
        this.#manager = { x: x - act.dx, y: y - act.dy, dx: act.dx, dy: act.dy };
        this.#frame = { ...this.#frame, x: act.dx, y: act.dy };
        this.#send({ kind: 'reparented', parentIsRoot: false, x: act.dx, y: act.dy });
        return;
      }
      case 'gives-back': {
        if (!manager) return;
        const x = manager.x + manager.dx;
        const y = manager.y + manager.dy;
        this.#frame = { ...this.#frame, x, y };
        this.#manager = undefined;
        this.#send({ kind: 'reparented', parentIsRoot: true, x, y });
        return;
      }
      case 'moves-frame':
        if (manager) return;
        this.#frame = act.rect;
        this.#real();
        return;
      case 'read': {
        const next = this.#stream.shift();
        if (next) this.#step(next.event, next.truth);
        return;
      }
      case 'read-root':
        if (this.#rootMoves === 0) return;
        this.#rootMoves--;
        this.#step({ kind: 'ancestor-moved' }, undefined);
        return;
      case 'serve': {
        if (this.#queries === 0) return;
        this.#queries--;
        const { x, y } = this.truth;
        this.#send({ kind: 'located', x, y });
        return;
      }
      default:
        act satisfies never;
    }
  }

  settle(): void {
    for (let i = 0; i < 1000; i++) {
      this.act({ do: 'read' });
      this.act({ do: 'read-root' });
      this.act({ do: 'serve' });
    }
  }

  #real(): void {
    this.#send({ kind: 'configured', synthetic: false, ...this.#frame, borderWidth: 0 });
  }

  #synthetic(): void {
    const { x, y, width, height } = this.truth;
    this.#send({
      kind: 'configured',
      synthetic: true,
      x: x - B,
      y: y - B,
      width: width + 2 * B,
      height: height + 2 * B,
      borderWidth: 0,
    });
  }

  #send(event: PlacementEvent): void {
    this.#stream.push({ event, truth: this.truth });
  }

  #step(event: PlacementEvent, truth: Rect | undefined): void {
    const { state, effects } = stepPlacement(this.state, event);
    this.state = state;
    for (const effect of effects) {
      if (effect.kind === 'query') this.#queries++;
      if (effect.kind !== 'placed') continue;
      // Nothing can be told from a move of the ancestor alone.
      if (!truth || !sameRect(effect.rect, truth)) this.lies++;
      const last = this.told.at(-1);
      if (last && sameRect(last, effect.rect)) this.lies++;
      this.told.push(effect.rect);
    }
  }
}

const place = fc.integer({ min: 0, max: 3 }).map((n) => n * 10);
const size = fc.integer({ min: 20, max: 23 });
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ do: fc.constant('manager-moves' as const), x: place, y: place, tells: fc.boolean() }),
  fc.record({
    do: fc.constant('manager-resizes' as const),
    x: place,
    y: place,
    width: size,
    height: size,
    moves: fc.boolean(),
    tells: fc.boolean(),
  }),
  fc.record({ do: fc.constant('reparents' as const), dx: place, dy: place }),
  fc.record({ do: fc.constant('gives-back' as const) }),
  fc.record({
    do: fc.constant('moves-frame' as const),
    rect: fc.record({ x: place, y: place, width: size, height: size }),
  }),
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('read' as const, 'read-root' as const, 'serve' as const),
    }),
  },
);

test('only true pairs are told, and the last one is the truth', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const world = new World();
      for (const one of acts) world.act(one);
      world.settle();
      expect(world.lies).toBe(0);
      expect(world.state.query).toBe('none');
      expect(world.told.at(-1)).toEqual(world.truth);
    }),
    { numRuns: 2000 },
  );
});
