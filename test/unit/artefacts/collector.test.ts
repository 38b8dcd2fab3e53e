import { expect, test } from "vitest";
import { parse } from "yaml";
import { committed, whereIs } from "../../support/artefacts/committed.ts";
import { ask, installed } from "../../support/artefacts/tool.ts";

const PATH = "otel/collector.yaml";
const PARTS = ["receivers", "processors", "exporters"] as const;

type Components = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

interface Collector extends Readonly<Record<(typeof PARTS)[number] | "extensions", Components>> {
  readonly service: {
    readonly extensions: readonly string[];
    readonly pipelines: Readonly<
      Record<string, Readonly<Record<(typeof PARTS)[number], readonly string[]>>>
    >;
  };
}

const COLLECTOR = parse(committed(PATH)) as Collector;

const PROGRAM = installed(["otelcol-contrib", "otelcol"], "neither Debian nor npm has it");

test.skipIf(PROGRAM === undefined)("the collector takes it", () => {
  const { isContent, said } = ask(PROGRAM ?? "", ["validate", "--config", whereIs(PATH)]);
  expect(isContent, said).toBe(true);
});

test("every part of every pipeline is there, and every part is used", () => {
  const pipelines = Object.entries(COLLECTOR.service.pipelines);
  expect(pipelines).toHaveLength(2);
  for (const part of PARTS) {
    const used = new Set(pipelines.flatMap(([, pipeline]) => pipeline[part]));
    expect([...used].toSorted()).toEqual(Object.keys(COLLECTOR[part]).toSorted());
  }
  for (const [name] of pipelines) expect(name).toMatch(/^metrics\//);
  expect([...COLLECTOR.service.extensions].toSorted()).toEqual(
    Object.keys(COLLECTOR.extensions).toSorted(),
  );
});

test("nothing that Tachograph pushes comes back to it", () => {
  const { "metrics/to-tachograph": to, "metrics/from-tachograph": from } =
    COLLECTOR.service.pipelines;
  const shared = to?.receivers.filter((receiver) => from?.receivers.includes(receiver));
  expect(shared).toEqual([]);
  expect(from?.exporters).not.toContain("otlphttp/tachograph");
});

test("memory is looked after first, and batches are made last", () => {
  for (const { processors } of Object.values(COLLECTOR.service.pipelines)) {
    expect(processors[0]).toBe("memory_limiter");
    expect(processors.at(-1)).toBe("batch");
  }
});

test("it sends to where Tachograph takes metrics, with a token, and tries again", () => {
  expect(COLLECTOR.exporters["otlphttp/tachograph"]).toMatchObject({
    metrics_endpoint: expect.stringMatching(/\/v1\/metrics$/),
    headers: { authorization: expect.stringMatching(/^Bearer \$\{env:\w+\}$/) },
    compression: "gzip",
    retry_on_failure: { enabled: true },
  });
});
