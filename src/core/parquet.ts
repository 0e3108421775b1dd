// Turns the bytes of a Parquet file into rows by name; the library is loaded only then.
//
// A time without a zone (pandas' naive datetime) comes as a Date like one with it: which columns are so is told.

export interface ParquetRows {
  readonly rows: readonly Record<string, unknown>[];
  /** Columns of times that the file says are local ones. */
  readonly local: ReadonlySet<string>;
}

export const isParquet = (bytes: Buffer): boolean => bytes.subarray(0, 4).toString('latin1') === 'PAR1';

/** Rejects with the library's error where it is no Parquet. */
export async function parquetRows(bytes: Buffer): Promise<ParquetRows> {
  const { parquetMetadata, parquetReadObjects } = await import('hyparquet');
  const { compressors } = await import('hyparquet-compressors');
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const metadata = parquetMetadata(file);
  const local = metadata.schema.flatMap(({ name, logical_type: type }) =>
    type?.type === 'TIMESTAMP' && !type.isAdjustedToUTC ? [name] : [],
  );
  return { rows: await parquetReadObjects({ file, metadata, compressors }), local: new Set(local) };
}
