import { nearestKey } from "../../nearest-key.ts";
import { bindFault } from "./bind-value.ts";
import type { BindValue } from "./bind-value.ts";
import { insertRow } from "./insert-row.ts";
import type { InsertRow } from "./insert-row.ts";

/** A row as the caller has it: values by the names of their columns. */
export type RowInput = Readonly<Record<string, BindValue>>;

/**
 * The values of every row in the order of `columns`. A row has to have exactly those.
 *
 * @throws TypeError or RangeError that names the row, from 0 on, and the column
 */
export function readRows(rows: readonly RowInput[], columns: readonly string[]): InsertRow[] {
  return rows.map((row, at) => {
    if (typeof row !== "object" || row === null || Array.isArray(row)) {
      throw new TypeError(`Row ${at} is not an object of values by column. Nothing was written.`);
    }
    const values = columns.map((column) => {
      if (!Object.hasOwn(row, column)) throw new TypeError(lacks(at, column));
      return readValue(row[column], at, column);
    });
    if (Object.keys(row).length !== columns.length) throw new TypeError(unknown(at, row, columns));
    try {
      return insertRow(values);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new RangeError(`Row ${at} ${error.message}. Nothing was written.`, { cause: error });
    }
  });
}

function readValue(value: BindValue | undefined, at: number, column: string): BindValue {
  const fault = bindFault(value);
  if (fault !== undefined || value === undefined) {
    throw new TypeError(`Row ${at}, column "${column}" ${fault}. Nothing was written.`);
  }
  return value;
}

function lacks(at: number, column: string): string {
  return (
    `Row ${at} lacks the column "${column}". Every row has the same columns; ` +
    "for no value give null. Nothing was written."
  );
}

function unknown(at: number, row: RowInput, columns: readonly string[]): string {
  const extra = Object.keys(row).find((key) => !columns.includes(key)) ?? "";
  const near = nearestKey(extra, columns);
  const hint = near === undefined ? `The columns are ${columns.join(", ")}` : `Is it "${near}"`;
  return `Row ${at} has an unknown column "${extra}". ${hint}${near === undefined ? "." : "?"} Nothing was written.`;
}
