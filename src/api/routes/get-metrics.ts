import { EXPOSITION_FORMATS, type ExpositionFormat } from "../../export/exposition.ts";
import { COARSEST_SCHEMA, FINEST_SCHEMA } from "../../histogram/native-counts.ts";
import { askCoordinator } from "../ask-tenant.ts";
import type { Handler } from "../context.ts";
import { negotiate } from "../negotiate.ts";
import { queryEachName, queryInteger } from "../parse-query.ts";
import { orThrow } from "../problem.ts";
import { takesGzip } from "../takes-gzip.ts";

const MEDIA_TYPES = EXPOSITION_FORMATS.map(({ mediaType }) => mediaType);

/**
 * `GET /metrics[?schema=-4…8][&target=meta]…`: for Prometheus and whoever reads what it reads, in
 * the format that `Accept` prefers; whoever takes none of them gets the text format.
 */
export const getMetrics: Handler = async (request, { env, who, url }) => {
  const query = url.searchParams;
  const schema = orThrow(queryInteger(query, "schema", COARSEST_SCHEMA, FINEST_SCHEMA));
  const targets = orThrow(queryEachName(query, "target"));
  const { name, contentType } = formatOf(request);
  const wanted = { schema: schema ?? FINEST_SCHEMA, targets };
  const page = await askCoordinator(env, who.tenant, (coordinator) =>
    coordinator.metrics(wanted, name),
  );
  const headers = new Headers({
    "Content-Type": contentType,
    "Cache-Control": "no-store",
    Vary: "Accept, Accept-Encoding",
  });
  // The runtime compresses what says so.
  if (takesGzip(request)) headers.set("Content-Encoding", "gzip");
  return new Response(page, { headers });
};

function formatOf(request: Request): ExpositionFormat {
  const mediaType = negotiate(request.headers.get("Accept"), MEDIA_TYPES);
  const [fallback] = EXPOSITION_FORMATS;
  return EXPOSITION_FORMATS.find((format) => format.mediaType === mediaType) ?? fallback;
}
