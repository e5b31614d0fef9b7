/**
 * All tables of livery.toml in one: for the JSON Schema that editors take, and
 * for the list of keys. Reading goes table by table (read.ts).
 */
import * as v from 'valibot';
import { LimitsTable } from './limits.ts';
import { ClipboardTable, FrameTable, LabelTable, PanelTable, QubeTable } from './schema.ts';

export const FileTable = v.object({
  frame: v.optional(FrameTable),
  panel: v.optional(PanelTable),
  limits: v.optional(LimitsTable),
  clipboard: v.optional(ClipboardTable),
  labels: v.optional(v.record(v.string(), LabelTable)),
  qube: v.optional(v.record(v.string(), QubeTable)),
});

/** `labels.<name>.color`, with `names` in the place of a label's or a qube's. */
export function keysOf(names: { labels: Iterable<string>; qube: Iterable<string> }): string[] {
  return Object.entries(FileTable.entries).flatMap(([table, schema]) => {
    if (table !== 'labels' && table !== 'qube') return below(table, schema);
    const { value } = unwrapped(schema) as unknown as { value: v.GenericSchema };
    return [...names[table]].flatMap((name) => below(`${table}.${name}`, value));
  });
}

function below(prefix: string, schema: v.GenericSchema): string[] {
  const inner = unwrapped(schema);
  if (!('entries' in inner)) return [prefix];
  const entries = inner.entries as Record<string, v.GenericSchema>;
  return Object.entries(entries).flatMap(([key, value]) => below(`${prefix}.${key}`, value));
}

function unwrapped(schema: v.GenericSchema): v.GenericSchema {
  return 'wrapped' in schema ? (schema.wrapped as v.GenericSchema) : schema;
}
