/**
 * The geometry negotiation, one story per test: vectors A23 to A26 and the
 * races that were seen on the wire.
 */
import { describe, expect, it } from 'vitest';
import type { Rect } from '../../../src/base/geometry.ts';
import {
  ACK_MS,
  dueAtMs,
  LATE_MS,
  type Negotiation,
  type NegotiationEvent,
  newNegotiation,
  SETTLE_MAX_MS,
  SETTLE_MS,
  type Step,
  step,
} from '../../../src/session/configure-negotiation.ts';

const at = (x: number, y: number, width = 300, height = 200): Rect => ({ x, y, width, height });

/** A negotiation with its clock; remembers what was sent and applied. */
class Story {
  state: Negotiation;
  nowMs = 1000;
  readonly sent: Rect[] = [];
  readonly applied: Rect[] = [];

  constructor(rect: Rect, kind: 'window' | 'screen' = 'window') {
    this.state = newNegotiation(rect, kind);
  }

  do(event: NegotiationEvent): Step {
    const result = step(this.state, event, this.nowMs);
    this.state = result.state;
    if (result.send) this.sent.push(result.send);
    if (result.apply) this.applied.push(result.apply);
    return result;
  }

  said(rect: Rect): Step {
    return this.do({ type: 'said', rect });
  }

  placed(rect: Rect): Step {
    return this.do({ type: 'placed', rect });
  }

  /** Time passes; every `due` on the way is delivered. */
  wait(ms: number): void {
    const end = this.nowMs + ms;
    for (
      let due = dueAtMs(this.state);
      due !== undefined && due <= end;
      due = dueAtMs(this.state)
    ) {
      this.nowMs = Math.max(this.nowMs, due);
      this.do({ type: 'due' });
    }
    this.nowMs = end;
  }
}

/** A mapped window whose place both sides know. */
function settled(rect: Rect): Story {
  const story = new Story(rect);
  story.do({ type: 'mapped' });
  story.placed(rect);
  expect(story.sent).toEqual([]);
  return story;
}

describe('dom0 moves the window', () => {
  it('sends the place once and takes the same numbers as the answer (A23)', () => {
    const story = settled(at(0, 0));
    story.placed(at(1, 2));
    story.placed(at(1, 2));
    expect(story.sent).toEqual([at(1, 2)]);
    story.said(at(1, 2));
    story.wait(10_000);
    expect(story.sent).toEqual([at(1, 2)]);
    expect(story.applied).toEqual([]);
  });

  it('says it once more when the qube answered with other numbers (A24)', () => {
    const story = settled(at(0, 0));
    story.placed(at(1, 2));
    story.said(at(1, 2, 304, 200));
    expect(story.applied).toEqual([]);
    story.wait(ACK_MS);
    expect(story.sent).toEqual([at(1, 2), at(1, 2)]);
    story.said(at(1, 2, 304, 200));
    story.wait(60_000);
    expect(story.sent).toEqual([at(1, 2), at(1, 2)]);
  });

  it('goes on serving a qube that never answers (A25)', () => {
    const story = settled(at(0, 0));
    for (let i = 1; i <= 20; i++) {
      story.placed(at(i, 0));
      story.wait(ACK_MS / 10);
    }
    story.wait(ACK_MS);
    expect(story.sent.length).toBeLessThanOrEqual(4);
    expect(story.sent.at(-1)).toEqual(at(20, 0));
    story.wait(LATE_MS);
    story.said(at(7, 7));
    expect(story.applied).toEqual([at(7, 7)]);
  });

  it('has one CONFIGURE on the way and then sends the newest place only', () => {
    const story = settled(at(0, 0));
    for (let i = 1; i <= 50; i++) story.placed(at(i, i));
    expect(story.sent).toEqual([at(1, 1)]);
    story.said(at(1, 1));
    expect(story.sent).toEqual([at(1, 1), at(50, 50)]);
    story.said(at(50, 50));
    story.wait(10_000);
    expect(story.sent).toHaveLength(2);
  });

  it('sends nothing when the window came back to where the qube has it', () => {
    const story = settled(at(0, 0));
    story.placed(at(1, 1));
    story.placed(at(2, 2));
    story.placed(at(1, 1));
    story.said(at(1, 1));
    story.wait(10_000);
    expect(story.sent).toEqual([at(1, 1)]);
  });

  it('wins over a wish that crossed it', () => {
    const story = settled(at(0, 0));
    story.placed(at(100, 100));
    story.said(at(5, 5));
    story.said(at(100, 100));
    story.wait(10_000);
    expect(story.applied).toEqual([]);
    expect(story.sent).toEqual([at(100, 100)]);
  });

  it('does not take the late echoes of a slow qube for wishes', () => {
    const story = settled(at(0, 0));
    story.placed(at(1, 1));
    story.wait(ACK_MS);
    story.placed(at(2, 2));
    story.wait(ACK_MS);
    story.said(at(1, 1));
    story.said(at(2, 2));
    story.wait(10_000);
    expect(story.applied).toEqual([]);
    expect(story.sent).toEqual([at(1, 1), at(2, 2)]);
  });
});

describe('the qube moves its window', () => {
  it('is carried out and not told back', () => {
    const story = settled(at(0, 0));
    story.said(at(9, 9));
    expect(story.applied).toEqual([at(9, 9)]);
    story.placed(at(9, 9));
    story.wait(10_000);
    expect(story.sent).toEqual([]);
  });

  it('is not taken back by reports of its own earlier wishes', () => {
    const story = settled(at(0, 0, 1, 1));
    story.said(at(0, 0, 484, 316));
    story.said(at(100, 100, 484, 316));
    story.placed(at(0, 0, 484, 316));
    story.wait(SETTLE_MS - 1);
    expect(story.sent).toEqual([]);
    story.placed(at(100, 100, 484, 316));
    story.wait(10_000);
    expect(story.sent).toEqual([]);
    expect(story.applied).toHaveLength(2);
  });

  it('is told what a window manager granted instead', () => {
    const story = settled(at(0, 0));
    story.said(at(0, 0, 600, 400));
    story.placed(at(0, 0, 598, 394));
    expect(story.sent).toEqual([]);
    story.wait(SETTLE_MS);
    expect(story.sent).toEqual([at(0, 0, 598, 394)]);
  });

  it('is told as soon as it came true what dom0 says itself that it made of the wish', () => {
    const story = settled(at(0, 0));
    story.said(at(1270, 0));
    story.do({ type: 'granted', rect: at(980, 0), final: false });
    expect(story.sent).toEqual([]);
    story.placed(at(980, 0));
    expect(story.sent).toEqual([at(980, 0)]);
  });

  it('is told at once when nobody else has a say, and older wishes that come true are no news', () => {
    const story = settled(at(0, 0));
    story.said(at(1260, 0));
    story.do({ type: 'granted', rect: at(970, 0), final: true });
    expect(story.sent).toEqual([at(970, 0)]);
    story.said(at(970, 0));
    story.said(at(1270, 0));
    story.do({ type: 'granted', rect: at(980, 0), final: true });
    story.placed(at(970, 0));
    story.said(at(980, 0));
    story.placed(at(980, 0));
    story.wait(10_000);
    expect(story.sent).toEqual([at(970, 0), at(980, 0)]);
  });

  it('is told the old place when nothing came of the wish', () => {
    const story = settled(at(0, 0));
    story.said(at(9, 9));
    story.wait(SETTLE_MS);
    expect(story.sent).toEqual([at(0, 0)]);
  });

  it('cannot put off what the user did by wishing without end', () => {
    const story = settled(at(0, 0));
    for (let ms = 0; ms <= SETTLE_MAX_MS; ms += 10) {
      story.said(at(ms, 5));
      story.placed(at(500, 500));
      story.wait(10);
    }
    expect(story.sent).toContainEqual(at(500, 500));
  });

  it('does nothing for a repeated message', () => {
    const story = settled(at(3, 4));
    story.said(at(3, 4));
    story.said(at(3, 4));
    story.wait(10_000);
    expect(story.applied).toEqual([]);
    expect(story.sent).toEqual([]);
  });

  it('decides alone while the window is not mapped', () => {
    const story = new Story(at(0, 0, 1, 1));
    story.placed(at(0, 0, 1, 1));
    story.said(at(0, 0, 484, 316));
    story.said(at(0, 0, 484, 316));
    story.said(at(0, 0, 1, 1));
    story.placed(at(77, 77));
    story.wait(10_000);
    expect(story.applied).toEqual([at(0, 0, 484, 316), at(0, 0, 1, 1)]);
    expect(story.sent).toEqual([]);
  });
});

describe('mapping', () => {
  it('waits for the window manager to place the window before it tells', () => {
    const story = new Story(at(640, 307));
    story.do({ type: 'mapped' });
    story.placed(at(1, 20));
    expect(story.sent).toEqual([]);
    story.placed(at(640, 307));
    story.wait(10_000);
    expect(story.sent).toEqual([]);
  });

  it('tells the place that the window manager chose', () => {
    const story = new Story(at(0, 0));
    story.do({ type: 'mapped' });
    story.placed(at(400, 300));
    story.wait(SETTLE_MS);
    expect(story.sent).toEqual([at(400, 300)]);
  });

  it('forgets what was on the way when the window is unmapped', () => {
    const story = settled(at(0, 0));
    story.placed(at(1, 1));
    story.do({ type: 'unmapped' });
    story.wait(10_000);
    story.said(at(2, 2));
    expect(story.sent).toEqual([at(1, 1)]);
    expect(story.applied).toEqual([at(2, 2)]);
  });
});

describe('special windows', () => {
  it('refuses a docked icon another size (A26)', () => {
    const story = new Story(at(0, 0, 22, 22));
    story.do({ type: 'docked' });
    story.placed(at(1800, 2, 22, 22));
    expect(story.sent).toEqual([at(1800, 2, 22, 22)]);
    story.said(at(1800, 2, 22, 22));
    story.said(at(0, 0, 64, 64));
    expect(story.sent).toEqual([at(1800, 2, 22, 22), at(1800, 2, 22, 22)]);
    expect(story.applied).toEqual([]);
  });

  it('does not wait for answers of the whole-screen window', () => {
    const story = new Story(at(0, 0), 'screen');
    story.do({ type: 'mapped' });
    story.placed(at(0, 0));
    story.placed(at(1, 1));
    story.placed(at(2, 2));
    expect(story.sent).toEqual([at(1, 1), at(2, 2)]);
    story.said(at(3, 3));
    expect(story.applied).toEqual([at(3, 3)]);
  });
});
