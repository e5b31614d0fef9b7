import { describe, expect, test } from 'vitest';
import { Scope } from '../../../src/base/scope.ts';

describe('a scope', () => {
  test('closes what it owns, last opened first, and waits for each', async () => {
    const said: string[] = [];
    const scope = new Scope();
    scope.onClose(() => void said.push('first'));
    scope.own({
      async [Symbol.asyncDispose]() {
        await new Promise((resolve) => setImmediate(resolve));
        said.push('second');
      },
    });
    scope.own({ [Symbol.dispose]: () => void said.push('third') });
    await scope[Symbol.asyncDispose]();
    expect(said).toEqual(['third', 'second', 'first']);
    expect(scope.closed).toBe(true);
  });

  test('closes the rest although one fails, and says the first failure', async () => {
    let closed = false;
    const scope = new Scope();
    scope.onClose(() => {
      closed = true;
    });
    scope.onClose(() => {
      throw new Error('inner');
    });
    scope.onClose(() => Promise.reject(new Error('outer')));
    await expect(scope[Symbol.asyncDispose]()).rejects.toThrow('outer');
    expect(closed).toBe(true);
  });

  test('closes once, however often it is asked', async () => {
    let times = 0;
    const scope = new Scope();
    scope.onClose(() => void times++);
    await Promise.all([scope[Symbol.asyncDispose](), scope[Symbol.asyncDispose]()]);
    expect(times).toBe(1);
  });

  test('that is closed closes at once what is added to it', async () => {
    const scope = new Scope();
    await scope[Symbol.asyncDispose]();
    let closed = false;
    scope.own({
      [Symbol.dispose]() {
        closed = true;
      },
    });
    expect(closed).toBe(true);
  });
});
