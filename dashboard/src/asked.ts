import { ApiError } from "./api.ts";
import { messages, textsNow } from "./i18n/language.ts";

const TEXTS = messages(
  { unusable: (why: string) => `The page cannot use what the server answered: ${why}.` },
  { unusable: (why) => `A página não consegue usar o que o servidor respondeu: ${why}.` },
);

/** What asking for one thing came to. */
interface Outcome<Answer> {
  /** Absent if there is none. */
  readonly answer?: Answer;
  /** Why there is none; empty if nothing is wrong. */
  readonly fault: string;
}

/** The latest outcome, and what was asked for. */
export interface Kept<Answer> {
  /** Names what was asked for; null for nothing. */
  readonly key: string | null;
  readonly answer: Answer | undefined;
  readonly fault: string;
}

export const NOTHING_KEPT: Kept<never> = { key: null, answer: undefined, fault: "" };

/** Whatever becomes of asking; it never rejects. */
export async function outcomeOf<Answer>(
  ask: (signal: AbortSignal) => Promise<Answer>,
  signal: AbortSignal,
): Promise<Outcome<Answer>> {
  try {
    return { answer: await ask(signal), fault: "" };
  } catch (error) {
    if (signal.aborted) return { fault: "" };
    if (error instanceof ApiError) return { fault: error.message };
    console.error("what was asked for cannot be used", error);
    const what = error instanceof Error ? error.message : String(error);
    return { fault: textsNow(TEXTS).unusable(what) };
  }
}

/** What is kept after another outcome: a fault leaves the answer of before, if it is of the same. */
export function keepOutcome<Answer>(
  before: Kept<Answer>,
  key: string,
  { answer, fault }: Outcome<Answer>,
): Kept<Answer> {
  return { key, answer: answer ?? (before.key === key ? before.answer : undefined), fault };
}

/** What may be shown for a key: nothing of what was kept for another. */
export function keptFor<Answer>(kept: Kept<Answer>, key: string | null): Kept<Answer> {
  return kept.key === key ? kept : NOTHING_KEPT;
}
