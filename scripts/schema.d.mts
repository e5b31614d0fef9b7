import type { GenericSchema } from 'valibot';

/** docs/livery.schema.json. */
export const schemaFile: string;
/** The text of the file for this schema. */
export function schemaText(table: GenericSchema): string;
