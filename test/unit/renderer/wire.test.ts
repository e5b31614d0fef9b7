import { expect, it } from 'vitest';
import {
  decodeRequest,
  encodeRequest,
  MAX_SIDE,
  MAX_SVG_BYTES,
  WORKER_EXIT,
  whyEnded,
} from '../../../src/renderer/wire.ts';

const HEAD = { id: 7, svgBytes: 100, width: 400, height: 120 };

it('a request says what it said', () => {
  expect(decodeRequest(encodeRequest(HEAD))).toEqual(HEAD);
  const largest = { id: 1, svgBytes: MAX_SVG_BYTES, width: MAX_SIDE, height: MAX_SIDE };
  expect(decodeRequest(encodeRequest(largest))).toEqual(largest);
});

it.each([
  { id: 0 },
  { svgBytes: 0 },
  { svgBytes: MAX_SVG_BYTES + 1 },
  { width: 0 },
  { width: MAX_SIDE + 1 },
  { height: 0 },
  { height: MAX_SIDE + 1 },
  { width: 0xffffffff },
])('%j is no request', (wrong) => {
  expect(decodeRequest(encodeRequest({ ...HEAD, ...wrong }))).toBeUndefined();
});

it('each way in which a worker ends has words of its own', () => {
  const words = [...Object.values(WORKER_EXIT), 99].map(whyEnded);
  expect(new Set(words).size).toBe(words.length);
});
