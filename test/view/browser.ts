/**
 * A real Chromium without a screen that ends with the test and leaves nothing. Each
 * has a profile of its own; those that are open at once are one program.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page, type Browser as Program } from 'playwright-core';

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

/** The program, while somebody has it open. */
let shared:
  | { readonly program: Promise<Program>; readonly directory: string; users: number }
  | undefined;

function program(): Promise<Program> {
  if (!shared) {
    const directory = mkdtempSync(join(tmpdir(), 'livery-browser-'));
    const launched = chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ARGUMENTS,
      // Without: an X server of the test's would be found, and the name of the host asked for.
      env: { PATH: process.env.PATH ?? '', HOME: directory, LANG: 'C.UTF-8' },
      timeout: START_MS,
    });
    shared = { program: launched, directory, users: 0 };
  }
  shared.users++;
  return shared.program;
}

async function leave(): Promise<void> {
  const last = shared;
  if (!last || --last.users > 0) return;
  shared = undefined;
  await (await last.program).close();
  rmSync(last.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

export class Browser implements AsyncDisposable {
  readonly #context: BrowserContext;

  private constructor(context: BrowserContext) {
    this.#context = context;
  }

  static async start(options: BrowserOptions = {}): Promise<Browser> {
    const context = await (await program()).newContext({
      locale: options.locale ?? 'en-GB',
      colorScheme: options.colorScheme ?? 'light',
      viewport: options.viewport ?? { width: 1500, height: 900 },
    });
    return new Browser(context);
  }

  page(): Promise<Page> {
    return this.#context.newPage();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
    await leave();
  }
}
