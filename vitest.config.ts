import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/support/longest-first.ts";
import { TEST_TOKENS } from "./test/support/tokens.ts";

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    // As many as there are processors on the smallest machine: by default it would be one less.
    maxWorkers: 2,
    projects: [
      {
        // The pure core: no workerd, no processes.
        test: {
          name: "unit",
          environment: "node",
          include: ["test/unit/**/*.test.ts"],
          // Nothing but the process is shared, and half of the time would go into starting others.
          isolate: false,
          // A limit for what hangs; how fast the machine is decides nothing.
          testTimeout: 60_000,
        },
      },
      {
        // The same code in the real runtime: SQLite, D1, alarms and sockets of workerd.
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: {
                TEST_MIGRATIONS: await readD1Migrations("migrations"),
                EXAMPLE_MIGRATIONS: await readD1Migrations("examples/tracking-worker/migrations"),
                TEST_SEED: process.env["SEED"] ?? "",
                TOKENS: JSON.stringify(TEST_TOKENS),
                ALLOWED_ORIGINS: "https://dash.example.com",
                RECEIVER_A_URL: "https://a.receiver.test/hook",
                RECEIVER_B_URL: "https://b.receiver.test/hook",
              },
              // What a tracking Worker has bound, for what the client makes of it.
              d1Databases: { CLIENT_DB: "client-db", CLIENT_DB_TWIN: "client-db-twin" },
              kvNamespaces: { CLIENT_KV: "client-kv", CLIENT_KV_TWIN: "client-kv-twin" },
              queueProducers: { CLIENT_QUEUE: "client-queue" },
              // What a tracking Worker's service binding is; `props` names the tenant.
              serviceBindings: {
                TRACKER_ACME: {
                  name: "tachograph",
                  entrypoint: "Ingest",
                  props: { tenant: "bound-acme" },
                },
                TRACKER_GLOBEX: {
                  name: "tachograph",
                  entrypoint: "Ingest",
                  props: { tenant: "bound-globex" },
                },
                TRACKER_NOBODY: { name: "tachograph", entrypoint: "Ingest" },
              },
            },
          }),
        ],
        test: {
          name: "workerd",
          include: ["test/workerd/**/*.test.ts"],
          setupFiles: ["./test/workerd/setup.ts"],
          // Another runtime for each file took longer than most files: the setup empties all storage.
          isolate: false,
          testTimeout: 30_000,
        },
      },
      {
        // The whole system as a user starts it: processes, ports, kill -9.
        test: {
          name: "e2e",
          environment: "node",
          include: ["test/e2e/**/*.test.ts"],
          // After the others, which need the processor; these mostly wait for processes to start.
          sequence: { groupOrder: 1 },
          maxWorkers: 4,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
