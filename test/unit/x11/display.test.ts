import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { parseDisplay } from '../../../src/x11/display.ts';

function refusal(text: string | undefined): UserError {
  try {
    parseDisplay(text);
  } catch (error) {
    if (error instanceof UserError) return error;
  }
  throw new Error(`${text} was accepted`);
}

describe('parseDisplay', () => {
  it('takes local displays', () => {
    expect(parseDisplay(':0')).toEqual({ number: 0, screen: 0, path: '/tmp/.X11-unix/X0' });
    expect(parseDisplay(':12.1')).toEqual({ number: 12, screen: 1, path: '/tmp/.X11-unix/X12' });
    expect(parseDisplay('unix:3').path).toBe('/tmp/.X11-unix/X3');
  });

  it.each(['localhost:10.0', '192.168.1.2:0', 'box/unix:0', 'tcp/localhost:1', '[::1]:0'])(
    'refuses %s with the reason',
    (text) => {
      expect(refusal(text).code).toBe('DISPLAY_REMOTE');
      expect(refusal(text).exitCode).toBe(3);
    },
  );

  it.each([undefined, '', ':', 'x', ':abc', ':0.x'])('says that %s is no display', (text) => {
    expect(refusal(text).code).toBe('NO_DISPLAY');
    expect(refusal(text).hint).toBeTruthy();
  });
});
