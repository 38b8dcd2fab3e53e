/** One statement's rows are one JSON parameter: D1 takes 2 MB, and a fair share leaves room. */
const MAX_CHUNK_CHARACTERS = 900_000;

/**
 * JSON lists of the rows, none longer than a parameter may be.
 * @param rows - each of them JSON.
 */
export function jsonChunks(rows: readonly string[]): string[] {
  const lists: string[] = [];
  let list: string[] = [];
  let length = 0;
  for (const row of rows) {
    if (length + row.length > MAX_CHUNK_CHARACTERS && list.length > 0) {
      lists.push(`[${list.join(",")}]`);
      list = [];
      length = 0;
    }
    list.push(row);
    length += row.length + 1;
  }
  if (list.length > 0) lists.push(`[${list.join(",")}]`);
  return lists;
}
