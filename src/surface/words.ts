export type Language = 'en' | 'de';

/** The language of a process with this environment: LC_ALL, LC_MESSAGES, LANG, in this order. */
export function languageOf(env: Readonly<Record<string, string | undefined>>): Language {
  const locale = env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '';
  return /^de(?![a-z])/i.test(locale) ? 'de' : 'en';
}
