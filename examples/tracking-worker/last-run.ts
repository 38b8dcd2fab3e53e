import * as v from "valibot";

const KEY = "last-run";
const KEPT_SECONDS = 7 * 86_400;

const lastRunSchema = v.object({ at: v.number(), ok: v.boolean() });

/** How the last scheduled run ended. */
export type LastRun = v.InferOutput<typeof lastRunSchema>;

/** Keeps how a scheduled run ended in KV, for whoever asks. Never rejects: it is no part of the run. */
export async function keepLastRun(kv: KVNamespace, run: LastRun): Promise<void> {
  try {
    await kv.put(KEY, JSON.stringify(run), { expirationTtl: KEPT_SECONDS });
  } catch (error) {
    console.error("how the scheduled run ended could not be kept", error);
  }
}

/** How the last scheduled run ended; null if it is not known. Never rejects. */
export async function readLastRun(kv: KVNamespace): Promise<LastRun | null> {
  try {
    const parsed = v.safeParse(lastRunSchema, await kv.get(KEY, "json"));
    return parsed.success ? parsed.output : null;
  } catch (error) {
    console.error("how the scheduled run ended could not be read", error);
    return null;
  }
}
