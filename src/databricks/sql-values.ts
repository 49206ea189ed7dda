/** Values of result rows as drivers give them, read strictly: by zod at the edge, plain numbers and strings inside. */
import { z } from 'zod';

/** BIGINT arrives as `bigint`, as number, or as text, by transport. Versions, sizes and times all fit a safe integer. */
export const int64 = z
  .union([z.bigint(), z.number(), z.string().regex(/^-?\d+$/)])
  .transform((value) => Number(value))
  .refine(Number.isSafeInteger, 'is no safe integer');

/** Timestamps without a zone are UTC: sessions are opened so. Epoch ms. */
export const timestamp = z
  .union([z.date(), z.string(), z.number(), z.bigint()])
  .transform((value) => {
    if (value instanceof Date) return value.getTime();
    if (typeof value !== 'string') return Number(value);
    const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(value) ? value : `${value}Z`;
    return Date.parse(zoned.replace(' ', 'T'));
  })
  .refine(Number.isSafeInteger, 'is no time');

const scalar = z.union([z.string(), z.number(), z.boolean(), z.bigint()]).nullish();

/** MAP<STRING, STRING>; null is an empty one, and entries without a value are left out. */
export const stringMap = z
  .record(z.string(), scalar)
  .nullish()
  .transform(
    (map): Readonly<Record<string, string>> =>
      Object.fromEntries(
        Object.entries(map ?? {}).flatMap(([key, value]) =>
          value === null || value === undefined ? [] : [[key, String(value)]],
        ),
      ),
  );

/** null where the column is null, or where this runtime has none of that name. */
export const optionalText = z
  .string()
  .nullish()
  .transform((value) => value ?? null);
