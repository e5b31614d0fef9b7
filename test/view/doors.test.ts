/**
 * Who gets in: the token once, the right Host and Origin, the key; nobody else.
 * Asked over plain HTTP and WebSocket, since a browser does not tell lies.
 */

import { statSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type Livery, startLivery } from '../rig/system/livery.ts';
import { Browser } from './browser.ts';
import { openPage, type RunningView, startView } from './view-process.ts';

interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly socketPath?: string;
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

function ask(view: RunningView, options: Ask): Promise<Answer> {
  const { port, host } = new URL(view.origin);
  return new Promise((resolve, reject) => {
    const { method = 'GET', path = '/', headers = {}, body, socketPath } = options;
    const place = socketPath === undefined ? { host: '127.0.0.1', port } : { socketPath };
    const sent = request({ ...place, method, path, headers: { Host: host, ...headers } });
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function exchange(view: RunningView, token: string, headers: Record<string, string> = {}) {
  const { origin } = view;
  return ask(view, {
    method: 'POST',
    path: '/session',
    body: token,
    headers: { Origin: origin, ...headers },
  });
}

/** How an attempt to look ends: `open`, or the status of the refusal. */
function look(view: RunningView, key: string, headers: Record<string, string> = {}) {
  return new Promise<string>((resolve) => {
    const { host } = new URL(view.origin);
    const socket = new WebSocket(`ws://${host}/live`, ['livery.view.1', `key.${key}`], {
      headers: { Origin: view.origin, ...headers },
    });
    socket.on('open', () => {
      socket.terminate();
      resolve('open');
    });
    socket.on('error', (error) => resolve(/\d{3}$/.exec(error.message)?.[0] ?? error.message));
  });
}

describe('the doors of the view', () => {
  let livery: Livery;
  let view: RunningView;

  beforeAll(async () => {
    livery = await startLivery({ wm: 'none', width: 640, height: 480, qubes: {} });
    view = await startView(livery);
  });
  afterAll(async () => {
    await view?.[Symbol.asyncDispose]();
    await livery?.[Symbol.asyncDispose]();
  });

  test('open only for the right token, and for that once', async () => {
    expect((await exchange(view, '')).status).toBe(403);
    expect((await exchange(view, 'x'.repeat(43))).status).toBe(403);
    expect((await exchange(view, `${view.token}x`)).status).toBe(403);
    expect((await exchange(view, 'x'.repeat(4000))).status).toBe(413);
    expect(await look(view, view.token)).toBe('403');
    const first = await exchange(view, view.token);
    expect(first.status).toBe(200);
    expect(first.body).toMatch(/^[\w-]{43}$/);
    expect((await exchange(view, view.token)).status).toBe(410);
    expect(await look(view, first.body)).toBe('open');
    expect(await look(view, `${first.body}x`)).toBe('403');
    expect(await look(view, '')).toBe('403');
    expect(await look(view, view.token)).toBe('403');
  });

  test('are shut to foreign pages and to names that were bent to this machine', async () => {
    await using other = await startView(livery);
    const { token, origin } = other;
    const port = new URL(origin).port;
    for (const Origin of [
      'http://evil.example',
      `http://evil.example:${port}`,
      'null',
      `https://127.0.0.1:${port}`,
      'http://127.0.0.1:1',
    ]) {
      expect((await exchange(other, token, { Origin })).status, Origin).toBe(403);
    }
    const bare = await ask(other, { method: 'POST', path: '/session', body: token });
    expect(bare.status, 'no Origin at all').toBe(403);
    for (const Host of [
      'evil.example',
      `evil.example:${port}`,
      '127.0.0.1:1',
      '127.0.0.1',
      `127.0.0.1.evil.example:${port}`,
    ]) {
      const Origin = `http://${Host}`;
      expect((await exchange(other, token, { Host, Origin })).status, Host).toBe(421);
      expect((await ask(other, { headers: { Host } })).status, Host).toBe(421);
    }
    // None of that used the token up.
    const { body: key } = await exchange(other, token);
    expect(await look(other, key, { Origin: 'http://evil.example' })).toBe('403');
    expect(
      await look(other, key, {
        Origin: `http://evil.example:${port}`,
        Host: `evil.example:${port}`,
      }),
    ).toBe('403');
    expect(await look(other, key)).toBe('open');
  });

  test('serve the files of the page and nothing else, with strict headers', async () => {
    const page = await ask(view, {});
    expect(page.status).toBe(200);
    const policy = String(page.headers['content-security-policy']);
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ]) {
      expect(policy).toContain(part);
    }
    expect(policy).not.toContain('unsafe');
    expect(page.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    expect(page.body).not.toMatch(/<script(?![^>]*src=)|<style|\sstyle=|\son\w+=|https?:/);
    for (const path of [
      '/../view.js',
      '/%2e%2e/view.js',
      '/main.js?x',
      '//main.js',
      '/package.json',
      '/live',
    ]) {
      expect((await ask(view, { path })).status, path).toBe(404);
    }
    expect((await ask(view, { method: 'PUT' })).status).toBe(405);
    expect((await ask(view, { path: '/main.js' })).headers['content-type']).toMatch(/javascript/);
  });

  test('say in the browser that an address was used, and survive a reload', async () => {
    await using other = await startView(livery);
    await using browser = await Browser.start();
    const first = await browser.page();
    await openPage(first, other);
    expect(new URL(first.url()).hash, 'the token is gone from the address').toBe('');
    await first.reload();
    await first.locator('#status').getByText('live', { exact: true }).waitFor();
    const second = await browser.page();
    await second.goto(other.address);
    await second.locator('#status').getByText('This address was used already').waitFor();
    expect(await second.evaluate('document.getElementById("screen").width')).toBe(1);
  });

  test('can be a unix socket that is closed to others', async () => {
    const path = join(livery.directory, 'view.sock');
    await using other = await startView(livery, '--socket', path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const headers = { Host: 'localhost:9000', Origin: 'http://localhost:9000' };
    const here = { socketPath: path };
    expect((await ask(other, { ...here, headers })).status).toBe(200);
    expect((await ask(other, { ...here, headers: { Host: 'evil.example' } })).status).toBe(421);
    const body = other.token;
    const post = { ...here, method: 'POST', path: '/session', body };
    expect(
      (await ask(other, { ...post, headers: { ...headers, Origin: 'http://evil.example' } }))
        .status,
    ).toBe(403);
    expect((await ask(other, { ...post, headers })).status).toBe(200);
  });

  test('stay usable when somebody says nothing, or nonsense', async () => {
    const { port } = new URL(view.origin);
    const silent = connect(Number(port), '127.0.0.1');
    const noise = connect(Number(port), '127.0.0.1');
    noise.resume();
    noise.write('\0\xff not http\r\n\r\n');
    await new Promise((done) => noise.once('close', done));
    expect((await ask(view, {})).status).toBe(200);
    silent.destroy();
  });
});
