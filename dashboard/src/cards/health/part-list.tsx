import { useFormat } from "../../i18n/format.ts";
import { messages, useMessages } from "../../i18n/language.ts";
import { Badge } from "../../parts/badge.tsx";
import { Fault } from "../../parts/fault.tsx";
import { ApiError } from "../../api.ts";
import { useSession } from "../../session.ts";
import { useAnswer } from "../../use-answer.ts";
import type { DeepHealth, PartHealth } from "../../../../src/api/deep-health.ts";
import { isDeepHealth } from "./is-deep-health.ts";

const EVERY_MS = 30_000;

/** The health of what is failing is still an answer. */
const FAILING = 503;

/** Longest detail that is written out: a tenant of many shards has much. */
const MAX_DETAIL_LENGTH = 100_000;

const TEXTS = messages(
  {
    loading: "Asking …",
    asked: (clock: string) => `As of ${clock}; asked again every 30 s while this is open.`,
    again: "Ask again",
    ok: "OK",
    failing: "FAILING",
    noProblem: "nothing is wrong",
    detail: (part: string) => `Detail of ${part}`,
    cut: "… more of it at GET /health/deep",
    noHealth: "What answered is not Tachograph: perhaps a proxy, because the server is away.",
  },
  {
    loading: "Consultando …",
    asked: (clock) =>
      `Situação de ${clock}; consultada de novo a cada 30 s enquanto isto estiver aberto.`,
    again: "Consultar de novo",
    ok: "OK",
    failing: "FALHA",
    noProblem: "nada de errado",
    detail: (part) => `Detalhe de ${part}`,
    cut: "… o resto está em GET /health/deep",
    noHealth:
      "Quem respondeu não é o Tachograph: talvez um proxy, porque o servidor está fora do ar.",
  },
);

/** Each part of the system, asked now and again while this is shown. */
export function PartList() {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const session = useSession();
  const { answer, fault, isLoading, reload } = useAnswer(
    "health",
    async (signal) => {
      const health = await session.api.ask<DeepHealth>("/health/deep", {
        signal,
        alsoGood: [FAILING],
      });
      if (!isDeepHealth(health)) throw new ApiError(FAILING, texts.noHealth);
      return health;
    },
    EVERY_MS,
  );
  return (
    <>
      <Fault text={fault} />
      {answer === undefined && fault === "" && <p class="hint">{texts.loading}</p>}
      {answer !== undefined && (
        <ul class="parts">
          {Object.entries(answer.parts).map(([name, part]) => (
            <Part key={name} name={name} part={part} />
          ))}
        </ul>
      )}
      <p class="hint">
        {answer !== undefined && texts.asked(format.clock(answer.at, session.nowMs()))}{" "}
        <button type="button" class="quiet" disabled={isLoading} onClick={reload}>
          {texts.again}
        </button>
      </p>
    </>
  );
}

function Part({ name, part }: { readonly name: string; readonly part: PartHealth }) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const { problems } = part;
  const raw = JSON.stringify(part.detail, null, 2) ?? "";
  return (
    <li data-part={name} data-ok={part.ok}>
      <div class="limit-head">
        <h3>{name}</h3>
        <Badge text={part.ok ? texts.ok : texts.failing} color={part.ok ? "green" : "red"} />
        <small>{format.count(part.latencyMs)} ms</small>
      </div>
      {problems.length > 0 ? (
        <ul class="problems">
          {problems.map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      ) : (
        <p class="hint">{texts.noProblem}</p>
      )}
      <details>
        <summary>{texts.detail(name)}</summary>
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- who has no mouse scrolls what has the focus */}
        <pre tabIndex={0} role="region" aria-label={texts.detail(name)}>
          {raw.slice(0, MAX_DETAIL_LENGTH)}
          {raw.length > MAX_DETAIL_LENGTH && `\n${texts.cut}`}
        </pre>
      </details>
    </li>
  );
}
