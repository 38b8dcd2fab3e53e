const COMPATIBILITY_DATE = "2026-11-02";

/** Opens everything that the bench does. */
export const ALERTS_TOKEN = "bench-alerts";

/** The key that webhooks are signed with: 24 bytes in base64. */
const WEBHOOK_KEY = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;

/**
 * The product in plain workerd, with its objects on this machine's disk, a stand-in for D1, and
 * this machine as all the outside there is.
 * @param secrets URLs of the channels, by the names of their bindings.
 */
export function alertsConfig(
  port: number,
  stateDir: string,
  secrets: Readonly<Record<string, string>>,
): string {
  const grant = { tenant: "default", scopes: ["ingest", "read"], plan: "unlimited" };
  const texts = {
    ...secrets,
    WEBHOOK_SECRET: WEBHOOK_KEY,
    TOKENS: JSON.stringify({ [ALERTS_TOKEN]: grant }),
  };
  const objects = ["TimingShard", "Coordinator", "Dispatcher"];
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "tachograph", worker = .tachograph),
    (name = "d1", worker = .d1),
    (name = "internet", network = (allow = ["local"])),
    (name = "disk", disk = (path = ${JSON.stringify(stateDir)}, writable = true)),
  ],
  sockets = [
    (name = "tachograph", address = "127.0.0.1:${port}", http = (), service = "tachograph"),
  ],
);

const tachograph :Workerd.Worker = (
  ${moduleOf("alerts-tachograph")}
  bindings = [
    (name = "TIMING_SHARD", durableObjectNamespace = "TimingShard"),
    (name = "COORDINATOR", durableObjectNamespace = "Coordinator"),
    (name = "DISPATCHER", durableObjectNamespace = "Dispatcher"),
    ${Object.entries(texts).map(textBinding).join("\n    ")}
    (name = "DB", wrapped = (
      moduleName = "cloudflare-internal:d1-api",
      innerBindings = [(name = "fetcher", service = "d1")],
    )),
  ],
  durableObjectNamespaces = [
    ${objects.map((name) => `(className = "${name}", uniqueKey = "alerts-${name}", enableSql = true),`).join("\n    ")}
  ],
  durableObjectStorage = (localDisk = "disk"),
);

const d1 :Workerd.Worker = (${moduleOf("d1-stand-in")});
`;
}

function textBinding([name, text]: readonly [string, string]): string {
  return `(name = "${name}", text = ${JSON.stringify(text)}),`;
}

function moduleOf(name: string): string {
  const file = `${name}.js`;
  return `modules = [(name = "${file}", esModule = embed "${file}")],
  compatibilityDate = "${COMPATIBILITY_DATE}",`;
}
