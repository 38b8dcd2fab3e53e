/** Where the parts of the system under test listen, on 127.0.0.1. */
export interface LimitsPorts {
  readonly gateway: number;
  readonly driver: number;
  /** Of the stand-in for KV, which is another process. */
  readonly kv: number;
  /** One for each isolate that holds leases. */
  readonly holders: readonly number[];
}

const COMPATIBILITY_DATE = "2026-11-02";

/**
 * The buckets in plain workerd: the Worker with its objects on this machine's disk, a way to them
 * from outside, a driver that calls them over RPC, isolates that hold leases, and the two buckets
 * that they are compared with.
 */
export function limitsConfig(ports: LimitsPorts, stateDir: string): string {
  const holders = ports.holders.map((port, i) => ({ name: `holder-${i}`, port }));
  const services = ["tachograph", "gateway", "driver", "d1"];
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ${services.map((name) => `(name = "${name}", worker = .${name}),`).join("\n    ")}
    ${holders.map(({ name }) => `(name = "${name}", worker = ${holder(name)}),`).join("\n    ")}
    (name = "kv", external = (address = "127.0.0.1:${ports.kv}", http = ())),
    (name = "disk", disk = (path = ${JSON.stringify(stateDir)}, writable = true)),
  ],
  sockets = [
    ${socket("gateway", ports.gateway)}
    ${socket("driver", ports.driver)}
    ${holders.map(({ name, port }) => socket(name, port)).join("\n    ")}
  ],
);

const tachograph :Workerd.Worker = (
  ${moduleOf("limits-tachograph")}
  bindings = [
    (name = "TIMING_SHARD", durableObjectNamespace = "TimingShard"),
    (name = "COORDINATOR", durableObjectNamespace = "Coordinator"),
    (name = "DISPATCHER", durableObjectNamespace = "Dispatcher"),
    (name = "DB", wrapped = (
      moduleName = "cloudflare-internal:d1-api",
      innerBindings = [(name = "fetcher", service = "d1")],
    )),
  ],
  durableObjectNamespaces = [
    (className = "TimingShard", uniqueKey = "limits-timing-shard", enableSql = true),
    (className = "Coordinator", uniqueKey = "limits-coordinator", enableSql = true),
    (className = "Dispatcher", uniqueKey = "limits-dispatcher", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "disk"),
);

const gateway :Workerd.Worker = (
  ${moduleOf("limits-gateway")}
  bindings = [
    ${SHARD_BINDING},
    (name = "MEMORY_BUCKET", durableObjectNamespace = "MemoryBucket"),
    (name = "KV", kvNamespace = "kv"),
  ],
  durableObjectNamespaces = [
    (className = "MemoryBucket", uniqueKey = "limits-memory-bucket", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "disk"),
);

const driver :Workerd.Worker = (
  ${moduleOf("limits-driver")}
  bindings = [${SHARD_BINDING}],
);

const d1 :Workerd.Worker = (${moduleOf("d1-stand-in")});
`;
}

/** The stand-in for KV in a workerd of its own, which lives on when the other one is killed. */
export function kvConfig(port: number): string {
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "kv", worker = .kv)],
  sockets = [${socket("kv", port)}],
);

const kv :Workerd.Worker = (${moduleOf("limits-kv")});
`;
}

const SHARD_BINDING = `(name = "TIMING_SHARD",
      durableObjectNamespace = (className = "TimingShard", serviceName = "tachograph"))`;

/** A Worker of workerd is one isolate: as many Workers as isolates are wanted. */
function holder(name: string): string {
  return `(
      ${moduleOf("limits-holder")}
      bindings = [${SHARD_BINDING}, (name = "HOLDER", text = "${name}")],
    )`;
}

function socket(name: string, port: number): string {
  return `(name = "${name}", address = "127.0.0.1:${port}", http = (), service = "${name}"),`;
}

function moduleOf(name: string): string {
  const file = `${name}.js`;
  return `modules = [(name = "${file}", esModule = embed "${file}")],
  compatibilityDate = "${COMPATIBILITY_DATE}",`;
}
