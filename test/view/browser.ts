/**
 * A real Chromium without a screen, with a profile of its own, that ends with
 * the test and leaves nothing.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const START_MS = 60_000;

export interface BrowserOptions {
  readonly locale?: string;
  readonly colorScheme?: 'light' | 'dark';
  readonly viewport?: { readonly width: number; readonly height: number };
}

export class Browser implements AsyncDisposable {
  readonly #context: BrowserContext;
  readonly #directory: string;

  private constructor(context: BrowserContext, directory: string) {
    this.#context = context;
    this.#directory = directory;
  }

  static async start(options: BrowserOptions = {}): Promise<Browser> {
    const directory = mkdtempSync(join(tmpdir(), 'livery-browser-'));
    const context = await chromium.launchPersistentContext(directory, {
      executablePath: '/usr/bin/chromium',
      args: ARGUMENTS,
      // Without: an X server of the test's would be found, and the name of the host asked for.
      env: { PATH: process.env.PATH ?? '', HOME: directory, LANG: 'C.UTF-8' },
      timeout: START_MS,
      locale: options.locale ?? 'en-GB',
      colorScheme: options.colorScheme ?? 'light',
      viewport: options.viewport ?? { width: 1500, height: 900 },
    });
    return new Browser(context, directory);
  }

  page(): Promise<Page> {
    return this.#context.newPage();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
