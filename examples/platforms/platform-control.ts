import { DurableObject } from "cloudflare:workers";
import * as v from "valibot";
import type { Admission } from "./admission.ts";
import type { Env } from "./env.ts";
import { EventLog, type EventLogView } from "./event-log.ts";
import { admit } from "./fixed-window.ts";
import { changeRule, type GateState, NEW_GATE, passGate, roomOf } from "./gate.ts";
import { isPlatform } from "./platform.ts";
import { DEFAULT_SETTINGS, type Settings, settingsSchema } from "./settings.ts";
import { type PatchResult, patchSettings } from "./settings-patch.ts";

/** What `GET /control` shows of one platform. */
export interface PlatformState {
  readonly settings: Settings;
  /** Calls that were let through in the current minute. */
  readonly callsThisMinute: number;
  /** Calls that would be let through at once now. */
  readonly remaining: number;
  /** Calls that the limit let through, ever or since the counts were cleared. */
  readonly admitted: number;
  /** Calls that the limit refused, ever or since the counts were cleared. */
  readonly refused: number;
}

const gateSchema = v.object({
  window: v.object({ startedAt: v.number(), count: v.number() }),
  bucket: v.nullable(v.object({ units: v.number(), at: v.number() })),
  admitted: v.number(),
  refused: v.number(),
});

/**
 * One simulated platform's settings, rate limit and log, the same for every isolate. The object's
 * name is the platform's.
 */
export class PlatformControl extends DurableObject<Env> {
  readonly #sql: SqlStorage;
  readonly #log: EventLog;
  readonly #defaults: Settings;
  #settings: Settings;
  #gate: GateState;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const name = ctx.id.name ?? "";
    if (!isPlatform(name)) throw new Error(`"${name}" is no simulated platform`);
    this.#defaults = DEFAULT_SETTINGS[name];
    this.#sql = ctx.storage.sql;
    this.#sql.exec(
      "CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    );
    this.#log = new EventLog(this.#sql);
    this.#settings = this.#loadSettings();
    this.#gate = this.#loadGate();
  }

  /** Counts one call against the limit; with it come the settings, so that one trip does. */
  admit(): { readonly settings: Settings; readonly admission: Admission } {
    const { state, admission } = passGate(this.#gate, this.#settings, Date.now());
    this.#storeGate(state);
    return { settings: this.#settings, admission };
  }

  /** Keeps the events of an accepted call that arrived at `at`, epoch milliseconds. */
  logEvents(ids: readonly (string | null)[], at: number): void {
    this.#log.add(ids, at);
  }

  showEvents(): EventLogView {
    return this.#log.show();
  }

  clearEvents(): void {
    this.#log.clear();
  }

  clearCounts(): void {
    this.#storeGate({ ...this.#gate, admitted: 0, refused: 0 });
  }

  /** Changes some of the settings, or answers what is wrong with `body`. */
  patch(body: unknown): PatchResult {
    const result = patchSettings(this.#settings, body);
    if (result.ok) this.#change(result.settings);
    return result;
  }

  /** Back to the defaults. */
  reset(): Settings {
    this.#change(this.#defaults);
    return this.#settings;
  }

  show(): PlatformState {
    const now = Date.now();
    const { admitted, refused } = this.#gate;
    return {
      settings: this.#settings,
      callsThisMinute: admit(this.#gate.window, 0, now).window.count,
      remaining: roomOf(this.#gate, this.#settings, now),
      admitted,
      refused,
    };
  }

  #change(settings: Settings): void {
    this.#storeGate(changeRule(this.#gate, this.#settings, settings, Date.now()));
    this.#settings = settings;
    this.#store("settings", settings);
  }

  #storeGate(gate: GateState): void {
    this.#gate = gate;
    this.#store("gate", gate);
  }

  #loadSettings(): Settings {
    const stored = v.safeParse(settingsSchema, this.#load("settings"));
    return stored.success ? stored.output : this.#defaults;
  }

  #loadGate(): GateState {
    const stored = v.safeParse(gateSchema, this.#load("gate"));
    return stored.success ? stored.output : NEW_GATE;
  }

  #load(name: string): unknown {
    const [row] = this.#sql
      .exec<{ value: string }>("SELECT value FROM state WHERE name = ?", name)
      .toArray();
    return row === undefined ? undefined : JSON.parse(row.value);
  }

  #store(name: string, value: unknown): void {
    this.#sql.exec(
      "INSERT INTO state (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      name,
      JSON.stringify(value),
    );
  }
}
