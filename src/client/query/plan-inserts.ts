/** What a statement and a transaction may hold. */
export interface InsertLimits {
  /** Most bound parameters of a statement. */
  readonly parameters: number;
  /** Longest bound value, bytes. */
  readonly valueBytes: number;
  /** Most statements of a transaction. */
  readonly batchStatements: number;
  /** Most that a transaction brings along, bytes. */
  readonly batchBytes: number;
}

/** What one row costs, by how it is inserted. */
export interface RowCost {
  /** Its JSON text, bytes; undefined when JSON cannot carry it. */
  readonly jsonBytes: number | undefined;
  /** Its values as they are sent when each is bound, bytes. */
  readonly boundBytes: number;
}

/** Rows `start` to before `end` in one statement. */
export interface PlannedInsert {
  /** `values` binds each value; `json` binds one array of rows, and `json_each` takes it apart. */
  readonly form: "json" | "values";
  readonly start: number;
  readonly end: number;
  /** What it brings along, bytes. */
  readonly bytes: number;
}

/**
 * Parts rows into the fewest statements that keep their order, and those into the fewest
 * transactions. Whatever stretch of rows fits a statement, every part of it fits one too: so taking
 * the longest stretch that fits, each time, is the best there is.
 *
 * @param costs of each row, in order. A row alone is taken whatever it costs.
 * @param columns of a row, 1 to `limits.parameters`
 * @returns the statements of each transaction, in order
 */
export function planInserts(
  costs: readonly RowCost[],
  columns: number,
  limits: InsertLimits,
): PlannedInsert[][] {
  const rowsByParameters = Math.max(1, Math.floor(limits.parameters / columns));
  const batches: PlannedInsert[][] = [];
  let batch: PlannedInsert[] = [];
  let batchBytes = 0;
  for (let start = 0; start < costs.length;) {
    const values = reachByValues(costs, start, rowsByParameters, limits.batchBytes);
    const json = reachByJson(costs, start, Math.min(limits.valueBytes, limits.batchBytes));
    // Binding is plainer, so JSON has to be worth it.
    const next = json !== undefined && json.end > values.end ? json : values;
    const isFull =
      batch.length >= limits.batchStatements || batchBytes + next.bytes > limits.batchBytes;
    if (isFull && batch.length > 0) {
      batches.push(batch);
      batch = [];
      batchBytes = 0;
    }
    batch.push(next);
    batchBytes += next.bytes;
    start = next.end;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

function reachByValues(
  costs: readonly RowCost[],
  start: number,
  maxRows: number,
  maxBytes: number,
): PlannedInsert {
  let bytes = costs[start]?.boundBytes ?? 0;
  let end = start + 1;
  for (; end < costs.length && end - start < maxRows; end += 1) {
    const more = costs[end]?.boundBytes ?? 0;
    if (bytes + more > maxBytes) break;
    bytes += more;
  }
  return { form: "values", start, end, bytes };
}

/** @returns undefined if not even the first row fits. */
function reachByJson(
  costs: readonly RowCost[],
  start: number,
  maxBytes: number,
): PlannedInsert | undefined {
  // The two brackets; the first row has no comma before it.
  let bytes = 1;
  let end = start;
  for (; end < costs.length; end += 1) {
    const row = costs[end]?.jsonBytes;
    if (row === undefined || bytes + 1 + row > maxBytes) break;
    bytes += 1 + row;
  }
  return end === start ? undefined : { form: "json", start, end, bytes };
}
