/**
 * clipboard.policy: which text may go where. First match wins; a file with a
 * mistake allows nothing.
 */

/** What is taken out of a text before it is pasted. */
export type Strip = 'none' | 'control' | 'newlines';
