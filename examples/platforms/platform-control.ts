import { DurableObject } from "cloudflare:workers";
import * as v from "valibot";
import type { Env } from "./env.ts";
import { type Admission, admit, EMPTY_WINDOW, type FixedWindow } from "./fixed-window.ts";
import { isPlatform } from "./platform.ts";
import { DEFAULT_SETTINGS, type Settings, settingsSchema } from "./settings.ts";
import { type PatchResult, patchSettings } from "./settings-patch.ts";

/** What `GET /control` shows of one platform. */
export interface PlatformState {
  readonly settings: Settings;
  /** Calls that were let through in the current minute. */
  readonly callsThisMinute: number;
}

/**
 * One simulated platform's settings and rate counter, the same for every isolate. The object's
 * name is the platform's.
 */
export class PlatformControl extends DurableObject<Env> {
  readonly #sql: SqlStorage;
  readonly #defaults: Settings;
  #settings: Settings;
  #window: FixedWindow;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const name = ctx.id.name ?? "";
    if (!isPlatform(name)) throw new Error(`"${name}" is no simulated platform`);
    this.#defaults = DEFAULT_SETTINGS[name];
    this.#sql = ctx.storage.sql;
    this.#sql.exec(
      "CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    );
    this.#settings = this.#loadSettings();
    this.#window = this.#loadWindow();
  }

  /** Counts one call against the limit; with it come the settings, so that one trip does. */
  admit(): { readonly settings: Settings; readonly admission: Admission } {
    const { window, admission } = admit(this.#window, this.#settings.limitPerMinute, Date.now());
    this.#window = window;
    this.#store("window", window);
    return { settings: this.#settings, admission };
  }

  /** Changes some of the settings, or answers what is wrong with `body`. */
  patch(body: unknown): PatchResult {
    const result = patchSettings(this.#settings, body);
    if (!result.ok) return result;
    this.#settings = result.settings;
    this.#store("settings", result.settings);
    return result;
  }

  /** Back to the defaults. */
  reset(): Settings {
    this.#settings = this.#defaults;
    this.#store("settings", this.#defaults);
    return this.#settings;
  }

  show(): PlatformState {
    const { window } = admit(this.#window, 0, Date.now());
    return { settings: this.#settings, callsThisMinute: window.count };
  }

  #loadSettings(): Settings {
    const stored = v.safeParse(settingsSchema, this.#load("settings"));
    return stored.success ? stored.output : this.#defaults;
  }

  #loadWindow(): FixedWindow {
    const schema = v.object({ startedAt: v.number(), count: v.number() });
    const stored = v.safeParse(schema, this.#load("window"));
    return stored.success ? stored.output : EMPTY_WINDOW;
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
