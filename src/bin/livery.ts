#!/usr/bin/env node
/**
 * The `livery` program: its modules in one file, which start in half the time, or
 * one by one where that was not made or the compiler has run since.
 */
import { statSync } from 'node:fs';

const madeMs = (name: string): number =>
  statSync(new URL(name, import.meta.url), { throwIfNoEntry: false })?.mtimeMs ?? -1;

/** What starts with the screen, or with a qube, has a bundle of its own (scripts/build.mjs). */
const OWN = ['agent', 'daemon', 'renderer'];
const verb = process.argv[2] ?? '';
const bundle = `../bundle/${OWN.includes(verb) ? `livery-${verb}` : 'livery'}.js`;
// In an image of a machine all files may be of one time.
if (madeMs(bundle) >= Math.max(0, madeMs('../.tsbuildinfo')))
  await import(new URL(bundle, import.meta.url).href);
else await import('../cli/entry.ts');
