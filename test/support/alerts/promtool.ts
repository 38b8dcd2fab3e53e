import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stepCount, type TimelineAlert } from "./run-timeline.ts";
import type { Sample, Timeline, TimelineRule } from "./timelines.ts";

/** `keep_firing_for` exists since this version of Prometheus. */
const [MIN_MAJOR, MIN_MINOR] = [2, 42];

/** A timeline and the alerts that there should be at each evaluation. */
export interface Expectation {
  readonly timeline: Timeline;
  readonly steps: readonly (readonly TimelineAlert[])[];
}

/** Why promtool cannot be asked, or undefined if it can. */
export function promtoolProblem(): string | undefined {
  const { error, stdout } = spawnSync("promtool", ["--version"], { encoding: "utf8" });
  if (error !== undefined) return "promtool is not installed (package prometheus)";
  const [, major = "0", minor = "0"] = /version (\d+)\.(\d+)/.exec(stdout) ?? [];
  const isNew = Number(major) > MIN_MAJOR || Number(minor) >= MIN_MINOR;
  if (Number(major) >= MIN_MAJOR && isNew) return undefined;
  return `promtool ${major}.${minor} is older than ${MIN_MAJOR}.${MIN_MINOR}`;
}

/**
 * Has `promtool test rules` check expectations, all in one run. Those of one pace share a storage,
 * whose setting up is most of what it does.
 * @returns for each, what promtool says against it; empty for nothing.
 */
export function askPromtool(expectations: readonly Expectation[]): string[] {
  const named = expectations.map((expectation, index) => ({ name: `t${index}`, ...expectation }));
  const byInterval = Map.groupBy(named, ({ timeline }) => timeline.intervalS);
  const directory = mkdtempSync(join(tmpdir(), "timelines-"));
  try {
    for (const [intervalS, group] of byInterval) {
      writeFileSync(join(directory, `${intervalS}.rules.yml`), rulesFile(group));
      writeFileSync(join(directory, `${intervalS}.test.yml`), testsFile(group, intervalS));
    }
    const files = [...byInterval.keys()].map((intervalS) => `${intervalS}.test.yml`);
    // What it finds goes to another stream than the names of the files that it found it in.
    const command = ["-c", 'exec promtool test rules "$@" 2>&1', "sh", ...files];
    const { stdout } = spawnSync("sh", command, { cwd: directory, encoding: "utf8" });
    const faults = readFaults(stdout, files.length);
    return named.map(({ name }) => (faults.get(name) ?? []).join("\n"));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

interface NamedExpectation extends Expectation {
  /** Of the alert, and a label of its series. */
  readonly name: string;
}

/** What was found, by the alert's name. @throws if the output is not understood to its last line. */
function readFaults(output: string, fileCount: number): Map<string, string[]> {
  const faults = new Map<string, string[]>();
  const sections = output.split(/^Unit Testing: .*\n/m);
  const notUnderstood = new Error(`promtool answered something else:\n${output}`);
  if (sections.length !== fileCount + 1 || sections[0]?.trim() !== "") throw notUnderstood;
  for (const section of sections.slice(1)) {
    const [verdict = "", ...found] = section.split(/^ {4}(?=expr: )/m);
    if (verdict.trim() !== (found.length === 0 ? "SUCCESS" : "FAILED:")) throw notUnderstood;
    for (const fault of found) {
      const [, name] = /alertname=\\?"(t\d+)\\?"/.exec(fault) ?? [];
      if (name === undefined) throw notUnderstood;
      faults.set(name, [...(faults.get(name) ?? []), fault.trim()]);
    }
  }
  return faults;
}

/** JSON is YAML. */
function rulesFile(group: readonly NamedExpectation[]): string {
  const rules = group.map(({ name, timeline: { rule } }) => ({
    alert: name,
    expr: expressionOf(rule, name),
    for: `${rule.forS}s`,
    keep_firing_for: `${rule.keepFiringForS}s`,
  }));
  return JSON.stringify({ groups: [{ name: "timelines", rules }] });
}

/** An alert that fires goes on beyond the recovery threshold: the usual way to say it in PromQL. */
function expressionOf(rule: TimelineRule, name: string): string {
  const { comparison, threshold, recoveryThreshold } = rule;
  const latency = `latency{timeline="${name}"}`;
  const holds = `${latency} ${comparison} ${threshold}`;
  if (recoveryThreshold === undefined) return holds;
  const fires = `ALERTS{alertname="${name}", alertstate="firing"}`;
  return `${holds} or (${latency} ${comparison} ${recoveryThreshold} and on(target) ${fires})`;
}

function testsFile(group: readonly NamedExpectation[], intervalS: number): string {
  const test = {
    interval: `${intervalS}s`,
    input_series: group.flatMap(({ name, timeline }) =>
      Object.entries(timeline.series).map(([target, samples]) => ({
        series: `latency{target="${target}", timeline="${name}"}`,
        values: samples.map(valueText).join(" "),
      })),
    ),
    promql_expr_test: group.flatMap(expressionTests),
  };
  return JSON.stringify({
    rule_files: [`${intervalS}.rules.yml`],
    evaluation_interval: `${intervalS}s`,
    tests: [test],
  });
}

function expressionTests({ name, timeline, steps }: NamedExpectation): object[] {
  return Array.from({ length: stepCount(timeline) }, (_, step) => {
    const alerts = steps[step] ?? [];
    const at = { eval_time: `${step * timeline.intervalS}s` };
    const labels = `alertname="${name}", timeline="${name}"`;
    const states = alerts.map(({ target, state }) => ({
      labels: `ALERTS{${labels}, alertstate="${state}", target="${target}"}`,
      value: 1,
    }));
    const begun = alerts.map(({ target, sinceS }) => ({
      labels: `ALERTS_FOR_STATE{${labels}, target="${target}"}`,
      value: sinceS,
    }));
    return [
      { expr: `ALERTS{alertname="${name}"}`, ...at, exp_samples: states },
      { expr: `ALERTS_FOR_STATE{alertname="${name}"}`, ...at, exp_samples: begun },
    ];
  }).flat();
}

function valueText(sample: Sample): string {
  if (sample === Infinity) return "+Inf";
  return sample === -Infinity ? "-Inf" : String(sample);
}
