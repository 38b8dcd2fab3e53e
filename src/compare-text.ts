/** Orders texts by their UTF-16 units, the same in every language: for `sort`. */
export function compareText(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
