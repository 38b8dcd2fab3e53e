import { useFormat } from "../../i18n/format.ts";
import { messages, useMessages } from "../../i18n/language.ts";
import { Badge, type BadgeColor } from "../../parts/badge.tsx";
import type { LimitView } from "../../../../src/stream/stream-frame.ts";
import { useServerNow } from "../../use-server-now.ts";
import { LimitMeter } from "./limit-meter.tsx";
import { type LimitState, limitState } from "./limit-state.ts";
import { OpenAgain } from "./open-again.tsx";

const COUNTDOWN_MS = 1_000;

const COLOR_OF_STATE: Readonly<Record<LimitState, BadgeColor>> = {
  closed: "red",
  empty: "orange",
  slowed: "yellow",
  open: "green",
};

/** Counters in the order in which they are shown; the names are the API's. */
const COUNTERS = ["granted", "denied"] as const satisfies readonly (keyof LimitView)[];

/** Counters that are worth a place only where they have counted anything. */
const RARE_COUNTERS = [
  "waiting",
  "returned",
  "expired",
  "allowedUnreached",
  "deniedUnreached",
] as const satisfies readonly (keyof LimitView)[];

const TEXTS = messages(
  {
    closed: "CLOSED",
    empty: "EMPTY",
    slowed: "SLOWED",
    open: "OPEN",
    overridden: "set at run time",
    configured: "as configured",
    ofCapacity: "of",
    leased: "leased",
    refill: "refills",
    perMinute: "a minute",
    refillNow: (share: string) => `now at ${share} of that`,
    until: (rest: string, clock: string) => `Closed for another ${rest}, until ${clock}`,
    waiting: "waiting in line",
    granted: "granted",
    denied: "denied",
    returned: "given back",
    expired: "expired",
    allowedUnreached: "let through while the limiter did not answer",
    deniedUnreached: "denied while the limiter did not answer",
  },
  {
    closed: "FECHADO",
    empty: "VAZIO",
    slowed: "LENTO",
    open: "ABERTO",
    overridden: "alterado em execução",
    configured: "como configurado",
    ofCapacity: "de",
    leased: "arrendadas",
    refill: "repõe",
    perMinute: "por minuto",
    refillNow: (share) => `agora a ${share} disso`,
    until: (rest, clock) => `Fechado por mais ${rest}, até ${clock}`,
    waiting: "na fila",
    granted: "concedidas",
    denied: "negadas",
    returned: "devolvidas",
    expired: "expiradas",
    allowedUnreached: "liberadas sem resposta do limitador",
    deniedUnreached: "negadas sem resposta do limitador",
  },
);

/** One target's bucket: how full it is, how it fills, and what became of its permits. */
export function LimitRow({ view }: { readonly view: LimitView }) {
  const texts = useMessages(TEXTS);
  const format = useFormat();
  const { target, capacity, available, outstanding, refillPerMinute, refillRate } = view;
  const nowMs = useServerNow(view.blockedUntil === null ? null : COUNTDOWN_MS);
  const state = limitState(view, nowMs);
  const counters = [...COUNTERS, ...RARE_COUNTERS.filter((name) => view[name] > 0)];
  return (
    <li class="limit" data-target={target} data-state={state}>
      <div class="limit-head">
        <h3>{target}</h3>
        <Badge text={texts[state]} color={COLOR_OF_STATE[state]} />
        <small>{view.isOverridden ? texts.overridden : texts.configured}</small>
      </div>
      <LimitMeter view={view} />
      <p class="limit-facts">
        <span>
          <b data-field="available">{format.count(available)}</b> {texts.ofCapacity}{" "}
          <span data-field="capacity">{format.count(capacity)}</span>
        </span>
        <span>
          <b data-field="outstanding">{format.count(outstanding)}</b> {texts.leased}
        </span>
        <span>
          {texts.refill} <b data-field="refillPerMinute">{format.count(refillPerMinute)}</b>{" "}
          {texts.perMinute}
          {refillRate < 1 && `, ${texts.refillNow(format.percent(refillRate))}`}
        </span>
      </p>
      {state === "closed" && view.blockedUntil !== null && (
        <p class="limit-closed">
          {texts.until(
            format.duration(view.blockedUntil - nowMs),
            format.clock(view.blockedUntil, nowMs),
          )}
        </p>
      )}
      {view.blockedReason !== null && <p class="limit-reason">{view.blockedReason}</p>}
      {state === "closed" && <OpenAgain target={target} />}
      <dl class="counters">
        {counters.map((name) => (
          <div key={name}>
            <dd data-field={name}>{format.count(view[name])}</dd>
            <dt>{texts[name]}</dt>
          </div>
        ))}
      </dl>
    </li>
  );
}
