/**
 * A share as a row of cells. It is only full if all is there, and only empty if nothing is.
 * @param value - 0 to `most`; what is beyond counts as full.
 * @param width - how many cells, 2 or more.
 */
export function bar(value: number, most: number, width: number, isUnicode: boolean): string {
  const [full, empty] = isUnicode ? ["█", "░"] : ["#", "."];
  return full.repeat(filled(value, most, width)).padEnd(width, empty);
}

function filled(value: number, most: number, width: number): number {
  if (value <= 0 || most <= 0) return 0;
  if (value >= most) return width;
  return Math.min(Math.max(Math.round((value / most) * width), 1), width - 1);
}
