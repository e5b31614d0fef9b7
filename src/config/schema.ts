/**
 * The shape of livery.toml, table by table, with what was expected in words.
 * What needs a look at other tables (labels that exist, ids used once) is in
 * read.ts.
 */
import { isAbsolute } from 'node:path';
import * as v from 'valibot';
import { PATTERNS } from '../trust/label.ts';
import { parseChord } from './chord.ts';
import { LimitsTable } from './limits.ts';
import { integer } from './whole-number.ts';

/** Largest pool: 4 GiB less one page (DESIGN 4); whole MiB. */
const MAX_POOL_MIB = 4095;
/** Of a virtual machine: the guest's files alone lie in some 250 MiB of it. */
const MIN_MEMORY_MIB = 512;
const MAX_MEMORY_MIB = 1024 * 1024;
/** Of the disk that a virtual machine's home is kept on: a journal and some files; a large disk. */
const MIN_HOME_MIB = 64;
const MAX_HOME_MIB = 1024 * 1024;
/** The service channel carries at most this many arguments. */
const MAX_ARGUMENTS = 256;
const MAX_ARGUMENT_CHARS = 4096;

const flag = v.boolean('expected true or false');
const choice = <const T extends readonly [string, ...string[]]>(values: T) =>
  v.picklist(values, `expected one of ${values.map((value) => `"${value}"`).join(', ')}`);

const argument = v.pipe(
  v.string('expected a string'),
  v.maxLength(MAX_ARGUMENT_CHARS, `expected at most ${MAX_ARGUMENT_CHARS} characters`),
  v.check((text) => !text.includes('\0'), 'expected text without NUL characters'),
);
const PROGRAM = 'expected a program with its arguments, as in ["xterm", "-geometry", "80x24"]';
const program = v.pipe(
  v.array(argument, PROGRAM),
  v.minLength(1, PROGRAM),
  v.maxLength(MAX_ARGUMENTS, `expected at most ${MAX_ARGUMENTS} arguments`),
  v.check((argv) => argv[0] !== '', PROGRAM),
);

const CHORD = 'expected a chord such as "Ctrl+Shift+C", or "none"';
const chordLike = (expected: string) =>
  v.pipe(
    v.string(expected),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const parsed = parseChord(dataset.value);
      if (parsed.ok) return { chord: parsed.chord };
      addIssue({ message: parsed.fault });
      return NEVER;
    }),
  );
const chord = chordLike(CHORD);
const chordEntries = {
  copy: v.optional(chord),
  paste: v.optional(chord),
  max_bytes: v.optional(integer(256, 256_000, 'bytes that are taken from a qube')),
};
const path = (what: string) => {
  const expected = `expected ${what}: an absolute path`;
  return v.pipe(v.string(expected), v.check(isAbsolute, expected));
};
export const ClipboardTable = v.object({
  ...chordEntries,
  keep_seconds: v.optional(integer(0, 86_400, 'seconds that a text is kept, 0 for no limit')),
  answer_ms: v.optional(integer(100, 30_000, 'milliseconds to wait for a qube')),
  prompt_seconds: v.optional(integer(5, 600, 'seconds after which a prompt says no')),
  wipe_on_lock: v.optional(flag),
  policy: v.optional(path('the policy file')),
  audit_dir: v.optional(path('the directory of the audit log')),
  audit_head: v.optional(path('the file with the end of the audit log')),
});
const QubeClipboardTable = v.object({ ...chordEntries, careful: v.optional(flag) });

const OVERLAY = 'expected a chord such as "Super+Escape", or "none"';
export const PanelTable = v.object({
  enabled: v.optional(flag),
  edge: v.optional(choice(['top', 'bottom'])),
  overlay: v.optional(chordLike(OVERLAY)),
});

export const FrameTable = v.object({
  thickness: v.optional(integer(2, 32, 'pixels at 96 dpi')),
  name: v.optional(v.union([v.literal('auto'), v.boolean()], 'expected "auto", true or false')),
});

const COLOR = 'expected a colour such as "#3465a4"';
export const LabelTable = v.object({
  color: v.pipe(v.string(COLOR), v.regex(/^#[0-9a-fA-F]{6}$/, COLOR)),
  pattern: choice(PATTERNS),
});

const DOMAIN = 'expected the name of a Xen domain: 1 to 63 letters, digits, _ . + or -';
const domainName = v.pipe(v.string(DOMAIN), v.regex(/^[A-Za-z0-9_.+-]{1,63}$/, DOMAIN));
const HOME = 'expected an absolute path; leave it out for a home that is gone when the qube stops';
export const QubeTable = v.object({
  label: v.pipe(
    v.string('expected the name of a label'),
    v.nonEmpty('expected the name of a label'),
  ),
  id: v.optional(integer(1, 32_751, 'a domain id')),
  backend: v.optional(choice(['sandbox', 'qemu', 'xen', 'attach'])),
  domain: v.optional(domainName),
  channel_dir: v.optional(path('the directory of its channel')),
  pool_dir: v.optional(path('the directory of its shared memory')),
  autostart: v.optional(flag),
  programs: v.optional(
    v.array(program, 'expected a list of programs, as in [["xterm"], ["mousepad"]]'),
  ),
  home: v.optional(v.pipe(v.string(HOME), v.check(isAbsolute, HOME))),
  home_mib: v.optional(
    integer(MIN_HOME_MIB, MAX_HOME_MIB, 'the size in MiB of the disk with its home'),
  ),
  network: v.optional(flag),
  memory_mib: v.optional(
    integer(MIN_MEMORY_MIB, MAX_MEMORY_MIB, 'the memory of its virtual machine in MiB'),
  ),
  pool_mib: v.optional(integer(1, MAX_POOL_MIB, 'the size of its shared memory in MiB')),
  fullscreen: v.optional(flag),
  titles: v.optional(choice(['unicode', 'ascii'])),
  limits: v.optional(LimitsTable),
  clipboard: v.optional(QubeClipboardTable),
});

export type PanelEntry = v.InferOutput<typeof PanelTable>;
export type ClipboardEntry = v.InferOutput<typeof ClipboardTable>;
export type QubeEntry = v.InferOutput<typeof QubeTable>;
