/** All of a page's pieces as one. */
export function pageBytes(pieces: Iterable<Uint8Array>): Uint8Array {
  const all = [...pieces];
  const whole = new Uint8Array(all.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let position = 0;
  for (const piece of all) {
    whole.set(piece, position);
    position += piece.byteLength;
  }
  return whole;
}
