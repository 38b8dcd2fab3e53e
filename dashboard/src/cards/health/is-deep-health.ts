import type { DeepHealth } from "../../../../src/api/deep-health.ts";

/** Whether an answer is a {@link DeepHealth}: a proxy's 503 is none. */
export function isDeepHealth(answer: unknown): answer is DeepHealth {
  if (!isRecord(answer) || !Number.isFinite(answer["at"])) return false;
  const { parts } = answer;
  return isRecord(parts) && Object.values(parts).every(isPart);
}

function isPart(part: unknown): boolean {
  if (!isRecord(part)) return false;
  const { ok, latencyMs, problems } = part;
  return (
    typeof ok === "boolean" &&
    Number.isFinite(latencyMs) &&
    Array.isArray(problems) &&
    problems.every((problem) => typeof problem === "string")
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
