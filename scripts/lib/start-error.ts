/** Something that keeps `npm start` from going on; the message says what to do about it. */
export class StartError extends Error {
  override readonly name = "StartError";
}
