import { orThrow } from "./problem.ts";
import { type JsonObject, readJsonObject } from "./read-body.ts";

/** Most bytes of a body about an alert or a silence. */
const MAX_BODY_BYTES = 16_384;

/**
 * Reads the body of a request about alerts.
 * @throws Problem for what is no JSON object of at most 16 KiB.
 */
export async function readAlertBody(request: Request): Promise<JsonObject> {
  return orThrow(await readJsonObject(request, MAX_BODY_BYTES));
}
