import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseWebhookKeys } from "../../src/notify/webhook-key.ts";
import { StartError } from "./start-error.ts";

/** What somebody chose already, of the variables that the webhook channel reads. */
export interface ChosenRoute {
  /** Of `--webhook`. */
  readonly webhook: string | undefined;
  /** `WEBHOOK_SECRET` of the environment, which goes with `--webhook`. */
  readonly webhookSecret: string | undefined;
  /** What `.dev.vars` sets. */
  readonly devVars: Readonly<Record<string, string | undefined>>;
}

/** Where a run's alerts go. */
export interface AlertRoute {
  /** Undefined for the receiver that comes with the run. */
  readonly url: string | undefined;
  /** As `WEBHOOK_SECRET` has them: one key `whsec_…`, or several separated by spaces. */
  readonly secret: string;
  /** The same keys as bytes. */
  readonly keys: readonly Uint8Array[];
  /** Whether the secret is the one that was made up here, and not somebody's. */
  readonly isMadeUp: boolean;
  /** As `ALLOW_PRIVATE_URLS` has it. */
  readonly allowPrivateUrls: string;
}

const KEY_BYTES = 32;

/** Where the key of a state directory is kept, so that it is the same after a restart. */
export function keptKeyFile(runDir: string): string {
  return join(runDir, "webhook-secret");
}

/**
 * Decides where alerts go: the command line before `.dev.vars`, and that before what comes with the
 * run. A key that nobody chose is made up once and kept in `runDir`.
 *
 * @throws StartError when a key cannot be used.
 */
export function chooseAlertRoute(chosen: ChosenRoute, runDir: string): AlertRoute {
  const { webhook, devVars } = chosen;
  const given = webhook === undefined ? undefined : presentOf(chosen.webhookSecret);
  const own = given ?? presentOf(devVars["WEBHOOK_SECRET"]);
  const secret = own ?? keptKey(keptKeyFile(runDir));
  const parsed = parseWebhookKeys(secret);
  if (!parsed.ok) {
    const where = given === undefined ? "of .dev.vars" : "of the environment";
    throw new StartError(
      `WEBHOOK_SECRET ${where} cannot be used: ${parsed.problem} ` +
        "It must be whsec_ and 24 to 64 bytes in base64; without it a key is made up.",
    );
  }
  return {
    url: webhook ?? presentOf(devVars["WEBHOOK_URL"]),
    secret,
    keys: parsed.keys,
    isMadeUp: own === undefined,
    allowPrivateUrls: presentOf(devVars["ALLOW_PRIVATE_URLS"]) ?? "true",
  };
}

/** A key for this directory: the one that is kept, or a new one. */
function keptKey(file: string): string {
  const kept = existsSync(file) ? readFileSync(file, "utf8").trim() : "";
  if (parseWebhookKeys(kept).ok) return kept;
  const made = `whsec_${randomBytes(KEY_BYTES).toString("base64")}`;
  writeFileSync(file, `${made}\n`, { mode: 0o600 });
  return made;
}

/** Undefined for what is not set, or set to nothing. */
function presentOf(value: string | undefined): string | undefined {
  const text = value?.trim() ?? "";
  return text === "" ? undefined : text;
}
