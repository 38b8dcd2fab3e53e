/**
 * The number at `path` in a JSON body: `["error", "code"]` reads `body.error.code`. Undefined when
 * there is none, or no JSON.
 */
export async function bodyCode(
  response: Response,
  path: readonly string[],
): Promise<number | undefined> {
  let value = await parsedBody(response);
  for (const name of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = new Map<string, unknown>(Object.entries(value)).get(name);
  }
  return typeof value === "number" ? value : undefined;
}

async function parsedBody(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    // An error page of the edge in front of the platform: then the status has to do.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
