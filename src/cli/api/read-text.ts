/** More than any answer of the API has: the largest are exports, which are not read whole. */
const MAX_CHARACTERS = 64 * 1024 * 1024;

/**
 * The text of an answer; undefined if it is longer than this program keeps.
 * @throws what breaks off the connection.
 */
export async function readText(response: Response): Promise<string | undefined> {
  if (response.body === null) return "";
  const parts: string[] = [];
  let length = 0;
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    length += part.length;
    // Leaving the loop cancels what has not been read.
    if (length > MAX_CHARACTERS) return undefined;
    parts.push(part);
  }
  return parts.join("");
}
