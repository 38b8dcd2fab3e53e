/** Where the parts of the system under test listen, on 127.0.0.1. */
export interface Ports {
  readonly tachograph: number;
  readonly tracking: number;
  readonly driver: number;
}

const COMPATIBILITY_DATE = "2026-11-02";

/** Tenants that nobody watches: each can be looked at for the first time once. */
export const UNWATCHED_TENANTS = Array.from({ length: 24 }, (_, i) => `unwatched-${i}`);

/** Tokens of the bench, as the secret `TOKENS` has them: `bench-TENANT` for those above. */
export const TOKENS = {
  "bench-ingest": { tenant: "default", scopes: ["ingest"], plan: "unlimited" },
  "bench-read": { tenant: "default", scopes: ["read"], plan: "unlimited" },
  "bench-fresh": { tenant: "fresh", scopes: ["read"], plan: "unlimited" },
  "bench-crowd": { tenant: "crowd", scopes: ["read"], plan: "unlimited" },
  ...Object.fromEntries(
    UNWATCHED_TENANTS.map((tenant) => [
      `bench-${tenant}`,
      { tenant, scopes: ["read"], plan: "unlimited" },
    ]),
  ),
} as const;

/**
 * The system in plain workerd: the Worker with its objects on this machine's disk, a driver that
 * calls them, a tracking Worker per tenant, platforms, and a stand-in for D1.
 */
export function workerdConfig(ports: Ports, stateDir: string): string {
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "tachograph", worker = .tachograph),
    (name = "driver", worker = .driver),
    (name = "tracking", worker = .tracking),
    (name = "platforms", worker = .platforms),
    (name = "d1", worker = .d1),
    (name = "disk", disk = (path = ${JSON.stringify(stateDir)}, writable = true)),
  ],
  sockets = [
    (name = "tachograph", address = "127.0.0.1:${ports.tachograph}", http = (), service = "tachograph"),
    (name = "driver", address = "127.0.0.1:${ports.driver}", http = (), service = "driver"),
    (name = "tracking", address = "127.0.0.1:${ports.tracking}", http = (), service = "tracking"),
  ],
);

const tachograph :Workerd.Worker = (
  ${moduleOf("tachograph")}
  bindings = [
    (name = "TIMING_SHARD", durableObjectNamespace = "TimingShard"),
    (name = "COORDINATOR", durableObjectNamespace = "Coordinator"),
    (name = "DISPATCHER", durableObjectNamespace = "Dispatcher"),
    (name = "TOKENS", text = ${JSON.stringify(JSON.stringify(TOKENS))}),
    (name = "DB", wrapped = (
      moduleName = "cloudflare-internal:d1-api",
      innerBindings = [(name = "fetcher", service = "d1")],
    )),
  ],
  durableObjectNamespaces = [
    (className = "TimingShard", uniqueKey = "bench-timing-shard", enableSql = true),
    (className = "Coordinator", uniqueKey = "bench-coordinator", enableSql = true),
    (className = "Dispatcher", uniqueKey = "bench-dispatcher", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "disk"),
);

const driver :Workerd.Worker = (
  ${moduleOf("shard-driver")}
  bindings = [
    (name = "TIMING_SHARD",
      durableObjectNamespace = (className = "TimingShard", serviceName = "tachograph")),
  ],
);

const tracking :Workerd.Worker = (
  ${moduleOf("tracking")}
  bindings = [
    (name = "PLATFORMS", service = "platforms"),
    ${ingestOf("TACHOGRAPH", "fresh")}
    ${UNWATCHED_TENANTS.map((tenant) => ingestOf(`TACHOGRAPH_${tenant}`, tenant)).join("\n    ")}
  ],
);

const platforms :Workerd.Worker = (${moduleOf("platforms")});

const d1 :Workerd.Worker = (${moduleOf("d1-stand-in")});
`;
}

function ingestOf(binding: string, tenant: string): string {
  const props = JSON.stringify(JSON.stringify({ tenant }));
  return `(name = "${binding}", service = (
      name = "tachograph", entrypoint = "Ingest", props = (json = ${props}))),`;
}

function moduleOf(name: string): string {
  const file = `${name}.js`;
  return `modules = [(name = "${file}", esModule = embed "${file}")],
  compatibilityDate = "${COMPATIBILITY_DATE}",`;
}
