/** Below this a pivot is rounding error: the coefficients here are probabilities, at most 2. */
const SINGULAR = 1e-12;

/**
 * Solves `matrix · x = right` by Gauss elimination with partial pivoting.
 *
 * @param matrix - Square, by rows.
 * @returns `x`, or undefined if the matrix is singular.
 */
export function solveLinear(
  matrix: readonly (readonly number[])[],
  right: readonly number[],
): readonly number[] | undefined {
  const rows = matrix.map((row, place) => Float64Array.from([...row, right[place] ?? 0]));
  const size = rows.length;
  for (let column = 0; column < size; column += 1) {
    const pivot = takePivot(rows, column);
    if (pivot === undefined) return undefined;
    for (const row of rows.slice(column + 1)) subtract(row, pivot, column);
  }
  const solution = new Float64Array(size);
  for (let column = size - 1; column >= 0; column -= 1) {
    const row = rows[column] ?? new Float64Array();
    let value = at(row, size);
    for (let known = column + 1; known < size; known += 1) {
      value -= at(row, known) * at(solution, known);
    }
    solution[column] = value / at(row, column);
  }
  return [...solution];
}

/** Moves the row with the largest coefficient to where it is needed. */
function takePivot(rows: Float64Array[], column: number): Float64Array | undefined {
  let best = column;
  for (let row = column + 1; row < rows.length; row += 1) {
    if (magnitude(rows[row], column) > magnitude(rows[best], column)) best = row;
  }
  const [pivot, displaced] = [rows[best], rows[column]];
  if (pivot === undefined || displaced === undefined) return undefined;
  if (magnitude(pivot, column) < SINGULAR) return undefined;
  rows[best] = displaced;
  rows[column] = pivot;
  return pivot;
}

/** Makes a row's coefficient of `column` zero. */
function subtract(row: Float64Array, pivot: Float64Array, column: number): void {
  const factor = at(row, column) / at(pivot, column);
  if (factor === 0) return;
  for (let place = column; place < row.length; place += 1) {
    row[place] = at(row, place) - factor * at(pivot, place);
  }
}

function magnitude(row: Float64Array | undefined, column: number): number {
  return row === undefined ? 0 : Math.abs(at(row, column));
}

function at(row: Float64Array, place: number): number {
  return row[place] ?? 0;
}
