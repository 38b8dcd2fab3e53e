import * as v from "valibot";
import { type Settings, type SettingsPatch, settingsPatchSchema } from "./settings.ts";

/** One thing that is wrong with a body, in the form of RFC 9457. */
export interface FieldError {
  /** A JSON pointer into the body. */
  readonly pointer: string;
  readonly reason: string;
}

export type PatchResult =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/** `current` with the fields of `body` in their place, or what is wrong with `body`. */
export function patchSettings(current: Settings, body: unknown): PatchResult {
  // An array without elements would pass for an object without members.
  if (Array.isArray(body))
    return { ok: false, errors: [{ pointer: "", reason: "must be an object" }] };
  const parsed = v.safeParse(settingsPatchSchema, body);
  if (!parsed.success) return { ok: false, errors: parsed.issues.map(fieldError) };
  const settings = { ...current, ...definedFields(parsed.output) };
  if (settings.p99Ms < settings.medianMs) {
    const reason = `must be at least medianMs, which is ${settings.medianMs}`;
    return { ok: false, errors: [{ pointer: "/p99Ms", reason }] };
  }
  return { ok: true, settings };
}

function definedFields(patch: SettingsPatch): Partial<Settings> {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
}

function fieldError(issue: v.BaseIssue<unknown>): FieldError {
  const path = issue.path?.map(({ key }) => `/${String(key)}`).join("") ?? "";
  return { pointer: path, reason: issue.message };
}
