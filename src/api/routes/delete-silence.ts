import { askCoordinator } from "../ask-tenant.ts";
import type { Handler } from "../context.ts";
import { noSilence } from "../no-silence.ts";
import { tokenName } from "../note-audit.ts";
import { pathPart } from "../path-part.ts";
import { BY_RULE, isPrintable, MAX_BY } from "../printable.ts";
import { invalidQuery } from "../problem.ts";

/** `DELETE /v1/silences/{id}[?by=ana]`: ends it at once; 204. */
export const deleteSilence: Handler = async (request, { env, who, url }) => {
  const id = pathPart(request, "id");
  const [by = tokenName(who), ...more] = url.searchParams.getAll("by");
  if (more.length > 0) throw invalidQuery("by", "must be given once");
  if (!isPrintable(by, MAX_BY)) throw invalidQuery("by", BY_RULE);
  const wasThere = await askCoordinator<boolean>(env, who.tenant, (coordinator) =>
    coordinator.removeSilence(id, by),
  );
  if (!wasThere) throw noSilence();
  return new Response(null, { status: 204 });
};
