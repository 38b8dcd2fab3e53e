import { methodNotAllowed, problem } from "../problem.ts";
import { attribute, type Model, MODELS } from "./attribute.ts";
import type { VisitorJourney } from "./history.ts";
import { visitorTag } from "./journeys.ts";
import type { RemovalEffects } from "./models/data-driven.ts";
import { type AttributionParts, runAttribution } from "./run-attribution.ts";
import { WHOLE_MILLIONTHS } from "./share-out.ts";

const PREFIX = "/api/attribution";
const HOUR_MS = 3_600_000;
/** What is summed up when nothing is said. */
const DEFAULT_SPAN_MS = 30 * 24 * HOUR_MS;
/** Most journeys of one answer, and touchpoints of each: the newest. */
const MAX_JOURNEYS = 20;
const MAX_SHOWN_TOUCHPOINTS = 100;

/** Answers what is below `/api/attribution`. Put it behind your own authentication. */
export async function answerAttribution(
  request: Request,
  parts: AttributionParts,
): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const [what = "", visitor, ...rest] = pathname.slice(PREFIX.length + 1).split("/");
  if (what === "" && visitor === undefined) {
    return request.method === "GET" ? showTotals(searchParams, parts) : methodNotAllowed("GET");
  }
  if (what === "run" && visitor === undefined) {
    return request.method === "POST"
      ? Response.json(await runAttribution(parts))
      : methodNotAllowed("POST");
  }
  if (what === "journeys" && visitor !== undefined && rest.length === 0) {
    return request.method === "GET" ? showJourneys(visitor, parts) : methodNotAllowed("GET");
  }
  return problem(404, "Not found", "GET / tells what there is.");
}

async function showTotals(
  query: URLSearchParams,
  { credits, recorder }: AttributionParts,
): Promise<Response> {
  const model = MODELS.find((name) => name === (query.get("model") ?? "linear"));
  if (model === undefined) {
    return problem(400, "Unknown model", `model is one of ${MODELS.join(", ")}.`);
  }
  // The hour's beginning, so that one answer serves for all who ask within the hour.
  const hour = Math.floor(recorder.now() / HOUR_MS) * HOUR_MS;
  const from = readTime(query.get("from"), hour - DEFAULT_SPAN_MS);
  const to = readTime(query.get("to"), hour + HOUR_MS);
  if (from === undefined || to === undefined || from >= to) {
    const detail = "from and to are whole epoch milliseconds, and from is before to.";
    return problem(400, "Invalid span", detail);
  }
  return Response.json({ model, from, to, ...(await credits.totals(model, from, to)) });
}

async function showJourneys(
  visitor: string,
  { journeys, cache, recorder }: AttributionParts,
): Promise<Response> {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(visitor)) return noSuchVisitor();
  const load = async () => {
    const known = await journeys.of(visitor, recorder.now());
    if (known.length === 0) return null;
    const effects = await journeys.effects();
    const shown = known.slice(-MAX_JOURNEYS).map((journey) => journeyView(journey, effects));
    return { visitor, journeys: shown, omitted: known.length - shown.length };
  };
  const tags = [visitorTag(visitor)];
  const view = await cache.get("attribution", `journeys:${visitor}`, load, { tags });
  return view === null ? noSuchVisitor() : Response.json(view);
}

/** A journey with its credits under each model, by channel; without a conversion there are none. */
function journeyView(journey: VisitorJourney, effects: RemovalEffects): object {
  const { touchpoints, conversion } = journey;
  const credits = (model: Model): Record<string, number> =>
    Object.fromEntries(
      [...attribute(model, journey, { effects }).credits].map(([channel, millionths]) => {
        return [channel, millionths / WHOLE_MILLIONTHS];
      }),
    );
  return {
    touchpoints: touchpoints.slice(-MAX_SHOWN_TOUCHPOINTS),
    omitted: Math.max(0, touchpoints.length - MAX_SHOWN_TOUCHPOINTS),
    conversion,
    credits: Object.fromEntries(MODELS.map((model) => [model, credits(model)])),
  };
}

/** @returns undefined for what is no time. */
function readTime(given: string | null, otherwise: number): number | undefined {
  if (given === null) return otherwise;
  return /^\d{1,15}$/.test(given) ? Number(given) : undefined;
}

function noSuchVisitor(): Response {
  return problem(404, "No such visitor", "Nothing is known of that visitor: see POST /track.");
}
