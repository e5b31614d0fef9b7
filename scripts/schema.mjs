/**
 * docs/livery.schema.json, the JSON Schema of livery.toml for editors, from the
 * schema by which it is read: node scripts/schema.mjs, after a build.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { toJsonSchema } from '@valibot/to-json-schema';

export const schemaFile = fileURLToPath(new URL('../docs/livery.schema.json', import.meta.url));

/**
 * Every table closed, so that an editor marks what Livery would refuse.
 * @param {unknown} node @returns {unknown}
 */
function closed(node) {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== 'object' || node === null) return node;
  const inner = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, closed(value)]),
  );
  return 'properties' in inner ? { ...inner, additionalProperties: false } : inner;
}

/**
 * The text of the file for this schema. What JSON Schema has no word for
 * (chords, absolute paths) is left to the program.
 * @param {import('valibot').GenericSchema} table
 */
export function schemaText(table) {
  const schema = toJsonSchema(table, {
    typeMode: 'input',
    errorMode: 'ignore',
    overrideSchema: ({ valibotSchema, jsonSchema }) => describe(valibotSchema, jsonSchema),
  });
  const { $schema, ...rest } = /** @type {Record<string, unknown>} */ (closed(schema));
  const head = { $schema, title: 'livery.toml', description: 'The configuration of Livery' };
  return `${JSON.stringify({ ...head, ...rest }, null, 2)}\n`;
}

/**
 * What was expected, in the words of the error message.
 * @param {unknown} schema @param {object} found
 */
function describe(schema, found) {
  const { message } = /** @type {{ message?: unknown }} */ (schema);
  if (typeof message !== 'string') return found;
  return { ...found, description: message.replace(/^expected (one of )?/, '') };
}

/** A module as the build left it; its types are those of src/. @param {string} path */
function compiled(path) {
  return new URL(`../dist/${path}`, import.meta.url).href;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { FileTable } = await import(compiled('config/file-table.js'));
  const text = schemaText(FileTable);
  let before = '';
  try {
    before = readFileSync(schemaFile, 'utf8');
  } catch {
    // There is none yet.
  }
  if (text !== before) writeFileSync(schemaFile, text);
  process.stdout.write(`${schemaFile} ${text === before ? 'is current' : 'was written'}\n`);
}
