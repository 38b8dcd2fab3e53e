import { orThrow } from "./problem.ts";
import { type JsonObject, readJsonObject } from "./read-body.ts";

/** Most bytes of a body about a limit. */
const MAX_BODY_BYTES = 16_384;

/**
 * Reads the body of a request about a limit.
 * @param empty - what stands for a body of no bytes; without it there must be one.
 * @throws Problem for what is no JSON object of at most 16 KiB.
 */
export async function readLimitBody(request: Request, empty?: JsonObject): Promise<JsonObject> {
  return orThrow(await readJsonObject(request, MAX_BODY_BYTES, empty));
}
