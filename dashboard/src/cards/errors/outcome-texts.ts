import { messages } from "../../i18n/language.ts";

/** How a call ended, in words. */
export const OUTCOME_TEXTS = messages(
  { good: "ok", error: "errors", timeout: "timeouts", rateLimited: "rate limited" },
  { good: "ok", error: "erros", timeout: "timeouts", rateLimited: "limitadas (429)" },
);
