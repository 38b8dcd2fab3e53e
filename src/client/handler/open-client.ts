import type { TachographBinding } from "../../wire/report.ts";
import type { ClientOptions } from "../client-options.ts";
import type { WaitUntilContext } from "../request-scope.ts";
import type { Tachograph } from "../tachograph.ts";
import { missingBinding, tachograph } from "../tachograph.ts";

/** How an instrumented handler finds its Tachograph. */
export interface OpenClientOptions<Env> {
  /**
   * The service binding to Tachograph. Default `env.TACHOGRAPH`. Without one the Worker works as
   * ever, and the client's `stats` tell that nothing is reported.
   */
  readonly binding?: ((env: Env) => TachographBinding | undefined) | undefined;
  /** Options of the client. */
  readonly client?: Partial<ClientOptions> | undefined;
}

/** The client of one invocation. It never throws. */
export function openClient<Env>(
  env: Env,
  context: WaitUntilContext,
  options: OpenClientOptions<Env>,
): Tachograph {
  const { binding = boundIn, client } = options;
  try {
    return tachograph(binding(env) ?? missingBinding, context, client);
  } catch (error) {
    const tacho = tachograph(missingBinding, context, client);
    tacho.noteFailure("binding", error);
    return tacho;
  }
}

function boundIn(env: unknown): TachographBinding | undefined {
  if (typeof env !== "object" || env === null || !("TACHOGRAPH" in env)) return undefined;
  return isBinding(env.TACHOGRAPH) ? env.TACHOGRAPH : undefined;
}

/** A service binding answers to every name, so there is no more to ask it. */
function isBinding(value: unknown): value is TachographBinding {
  return typeof value === "function" || (typeof value === "object" && value !== null);
}
