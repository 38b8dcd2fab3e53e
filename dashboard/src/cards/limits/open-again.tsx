import { useState } from "preact/hooks";
import { ApiError } from "../../api.ts";
import { messages, useMessages } from "../../i18n/language.ts";
import { Fault } from "../../parts/fault.tsx";
import { useSession } from "../../session.ts";
import { AdminNeeded } from "../../parts/admin-needed.tsx";

const FORBIDDEN = 403;

const TEXTS = messages(
  {
    open: "Open it now",
    openFor: (target: string) => `Open the bucket of ${target} now`,
    ask: "The platform asked to wait. Calls that go out all the same may make it refuse for longer.",
    yes: "Open it all the same",
    no: "Leave it closed",
    busy: "Opening …",
  },
  {
    open: "Abrir agora",
    openFor: (target) => `Abrir agora o balde de ${target}`,
    ask: "A plataforma pediu para esperar. Chamadas feitas mesmo assim podem prolongar a recusa.",
    yes: "Abrir mesmo assim",
    no: "Deixar fechado",
    busy: "Abrindo …",
  },
);

type Step =
  | { readonly kind: "closed" | "asking" | "opening" }
  | { readonly kind: "failed"; readonly error: ApiError };

/** Lets an admin open a bucket that a platform's word has closed. */
export function OpenAgain({ target }: { readonly target: string }) {
  const texts = useMessages(TEXTS);
  const { api } = useSession();
  const [step, go] = useState<Step>({ kind: "closed" });
  const open = async (): Promise<void> => {
    go({ kind: "opening" });
    try {
      const path = `/v1/limits/${encodeURIComponent(target)}/feedback`;
      await api.ask<unknown>(path, { method: "DELETE" });
      // The stream tells that it is open, which takes this away; until then it may be asked again.
      go({ kind: "closed" });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      go({ kind: "failed", error });
    }
  };
  if (step.kind === "asking") {
    return (
      <div class="open-again" role="group" aria-label={texts.openFor(target)}>
        <p>{texts.ask}</p>
        <button type="button" onClick={() => void open()}>
          {texts.yes}
        </button>{" "}
        <button type="button" class="quiet" onClick={() => go({ kind: "closed" })}>
          {texts.no}
        </button>
      </div>
    );
  }
  return (
    <div class="open-again">
      <button
        type="button"
        class="quiet"
        disabled={step.kind === "opening"}
        onClick={() => go({ kind: "asking" })}
      >
        {step.kind === "opening" ? texts.busy : texts.open}
        <span class="visually-hidden"> ({target})</span>
      </button>
      {step.kind === "failed" && step.error.status === FORBIDDEN && (
        <AdminNeeded detail={step.error.message} />
      )}
      {step.kind === "failed" && step.error.status !== FORBIDDEN && (
        <Fault text={step.error.message} />
      )}
    </div>
  );
}
