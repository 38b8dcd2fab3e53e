import * as v from "valibot";
// A real project imports from "tachograph/client".
import { type QueryClient, queryRunner } from "../../../src/client/index.ts";
import type { Env } from "../env.ts";
import { problem } from "../problem.ts";
import { HEALING_JOBS } from "./healing-jobs.ts";
import { HEALING_QUERIES } from "./healing-queries.ts";
import { webhookFault } from "./verify-webhook.ts";

/** Tachograph sends at most 20,000 bytes of alerts. */
const MAX_BODY_BYTES = 65_536;

const alertSchema = v.object({
  event: v.picklist(["firing", "repeat", "resolved"]),
  target: v.string(),
  operation: v.string(),
});

/** One alert or several; other events, as a test, have none. */
const eventSchema = v.object({
  type: v.string(),
  data: v.object({ alert: v.optional(alertSchema), alerts: v.optional(v.array(alertSchema)) }),
});

/**
 * `POST /hooks/heal`: a webhook channel of Tachograph calls it when a probe fails, and the job that
 * mends what the probe finds runs. A message that comes twice does no harm, as every job may run
 * twice, so that ids need not be remembered. A job that throws is answered as any failure: then
 * Tachograph sends the message again.
 *
 * @param nowMs - Epoch milliseconds.
 */
export async function heal(
  request: Request,
  env: Env,
  client: QueryClient,
  nowMs: number,
): Promise<Response> {
  const secret = env.HEAL_SECRET ?? "";
  if (secret === "") return problem(503, "Not configured", "Set the secret HEAL_SECRET.");
  const body = await boundedText(request);
  if (body === undefined) {
    return problem(413, "Too large", `At most ${MAX_BODY_BYTES} bytes are read.`);
  }
  const fault = await webhookFault(request.headers, body, secret, nowMs);
  if (fault !== undefined) return problem(401, "Not signed", fault);
  const alerts = alertsOf(body);
  if (alerts === undefined) return problem(400, "Not understood", "It is no event of alerts.");
  const firing = alerts.filter(({ event, target }) => event !== "resolved" && target === "probe");
  const queries = queryRunner(env.DB, client, HEALING_QUERIES);
  const healed: { probe: string; rows: number }[] = [];
  for (const probe of new Set(firing.map(({ operation }) => operation))) {
    const job = HEALING_JOBS.get(probe);
    if (job === undefined) continue;
    // oxlint-disable-next-line eslint/no-await-in-loop -- one database, one statement at a time
    const { meta } = await queries.run(...job(nowMs));
    healed.push({ probe, rows: meta.changes });
  }
  return Response.json({ healed });
}

type HookAlert = v.InferOutput<typeof alertSchema>;

/** Undefined for what is no event at all. */
function alertsOf(body: string): readonly HookAlert[] | undefined {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), eventSchema), body);
  if (!parsed.success) return undefined;
  const { alert, alerts } = parsed.output.data;
  return alerts ?? (alert === undefined ? [] : [alert]);
}

/** Undefined for a body that is too long. */
async function boundedText(request: Request): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
