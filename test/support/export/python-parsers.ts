import { spawnSync } from "node:child_process";

/** Debian's: the package is `python3-prometheus-client`, and a Python of one's own does not have it. */
const PYTHON = "/usr/bin/python3";

/** A family as the official parsers give it. */
export interface ParsedFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly unit: string;
  readonly samples: readonly ParsedSample[];
}

export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** As Python writes it, for JSON has no infinity: `inf`, `nan`, `1.5`. */
  readonly value: string;
  readonly exemplar: {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: string;
    readonly timestamp: string;
  } | null;
}

const SCRIPT = `
import json, sys
if sys.argv[1] == "openmetrics":
    from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
else:
    from prometheus_client.parser import text_string_to_metric_families as parse
def exemplar(e):
    return e and {"labels": e.labels, "value": repr(float(e.value)), "timestamp": repr(float(e.timestamp))}
pages = json.load(sys.stdin)
out = []
for page in pages:
    out.append([{
        "name": f.name, "help": f.documentation, "type": f.type, "unit": f.unit,
        "samples": [{"name": s.name, "labels": s.labels, "value": repr(float(s.value)),
                     "exemplar": exemplar(s.exemplar)} for s in f.samples],
    } for f in parse(page)])
json.dump(out, sys.stdout)
`;

/** Why the parsers cannot be asked, or undefined if they can. */
export function pythonParsersProblem(): string | undefined {
  const command = ["-c", "import prometheus_client.openmetrics.parser"];
  const { error, status } = spawnSync(PYTHON, command, { encoding: "utf8" });
  if (error === undefined && status === 0) return undefined;
  return `${PYTHON} has no prometheus_client (package python3-prometheus-client)`;
}

/**
 * Parses pages with Prometheus' own Python library.
 * @throws what the parser says against a page.
 */
export function parsePages(
  format: "openmetrics" | "text",
  pages: readonly string[],
): readonly (readonly ParsedFamily[])[] {
  const { status, stdout, stderr } = spawnSync(PYTHON, ["-c", SCRIPT, format], {
    input: JSON.stringify(pages),
    encoding: "utf8",
    maxBuffer: 256 * 1_048_576,
  });
  if (status !== 0) throw new Error(`the parser does not take it:\n${stderr}`);
  return JSON.parse(stdout) as readonly (readonly ParsedFamily[])[];
}
