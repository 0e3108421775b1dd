// JSON Schemas (draft 2020-12) of a data set: of a row of each table, and of its manifest.

import { type Column, TABLE_NAMES, TABLES, type TableName } from './tables.ts';

const DRAFT = 'https://json-schema.org/draft/2020-12/schema';
const JSON_TYPE = { text: 'string', number: 'number', integer: 'integer', flag: 'boolean' } as const;

/** The schema of a table's rows as JSON objects. */
export function rowSchema(table: TableName): object {
  const { what, columns } = TABLES[table];
  return {
    ...{ $schema: DRAFT, $id: `urn:joulebook:dataset:v1:${table}`, title: table, description: what, type: 'object' },
    properties: Object.fromEntries(columns.map((column: Column) => [column.name, valueSchema(column)])),
    ...{ required: columns.map(({ name }) => name), additionalProperties: false },
  };
}

function valueSchema({ type, unit, what, empty, words, pattern }: Column): object {
  return {
    description: unit === '' ? what : `${what} [${unit}]`,
    type: empty ? [JSON_TYPE[type], 'null'] : JSON_TYPE[type],
    ...(words === undefined ? {} : { enum: empty ? [...words, null] : words }),
    ...(pattern === undefined ? {} : { pattern }),
  };
}

const text = { type: 'string' };
const count = { type: 'integer', minimum: 0 };
const hash = { type: 'string', pattern: '^[0-9a-f]{64}$' };
const object = (properties: Record<string, object>) => ({
  ...{ type: 'object', properties, required: Object.keys(properties), additionalProperties: true },
});

/** The schema of manifest.json. */
export const MANIFEST_SCHEMA = {
  ...{ $schema: DRAFT, $id: 'urn:joulebook:dataset:v1:manifest', title: 'manifest' },
  description: 'what a data set is, and the SHA-256 of each of its files',
  ...object({
    schema: { const: 'joulebook/dataset/v1' },
    version: { type: 'integer', minimum: 1 },
    id: hash,
    title: text,
    licence: text,
    joulebook: text,
    created_at_ms: { type: 'number' },
    times: { enum: ['kept', 'relative'] },
    resolution_ms: count,
    included: { type: 'array', items: text },
    tables: object(Object.fromEntries(TABLE_NAMES.map((name) => [name, object({ file: text, rows: count })]))),
    files: { type: 'array', items: object({ file: text, bytes: count, sha256: hash }) },
  }),
};
