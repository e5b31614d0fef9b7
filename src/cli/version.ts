/**
 * Which Livery this is.
 */
import { readFileSync } from 'node:fs';

/** The version of package.json. */
export function version(): string {
  return String((JSON.parse(read('package.json') ?? '{}') as { version?: unknown }).version);
}

/** `livery 0.1.0 (1a2b3c4d5e6f)`: with the commit, where it is known. */
export function versionLine(): string {
  const commit = read('commit') ?? commitOfCheckout() ?? read('native/prebuilt/commit');
  return `livery ${version()}${commit === undefined ? '' : ` (${commit.trim()})`}`;
}

/** First twelve digits, from the checkout that this runs in; undefined outside of one. */
function commitOfCheckout(): string | undefined {
  const head = read('.git/HEAD')?.trim();
  const [, name] = head?.match(/^ref: (refs\/[^\s]+)$/) ?? [];
  const packed = (ref: string): string | undefined =>
    read('.git/packed-refs')
      ?.split('\n')
      .find((line) => line.endsWith(` ${ref}`))
      ?.split(' ')[0];
  const hash = name === undefined ? head : (read(`.git/${name}`)?.trim() ?? packed(name));
  return hash !== undefined && /^[0-9a-f]{40}$/.test(hash) ? hash.slice(0, 12) : undefined;
}

function read(name: string): string | undefined {
  try {
    return readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
  } catch {
    return undefined;
  }
}
