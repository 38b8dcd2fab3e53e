import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const ROOT_DIR = join(import.meta.dirname, "../../..");

/** A file of the repository, by its path below it. */
export function committed(path: string): string {
  return readFileSync(join(ROOT_DIR, path), "utf8");
}

/** Where it is. */
export function whereIs(path: string): string {
  return join(ROOT_DIR, path);
}

interface RuleFile {
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly PrometheusRule[];
  }[];
}

interface PrometheusRule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface GrafanaRule {
  readonly uid: string;
  readonly title: string;
  readonly condition: string;
  readonly for: string;
  readonly keepFiringFor: string;
  readonly noDataState: string;
  readonly data: readonly {
    readonly refId: string;
    readonly datasourceUid: string;
    readonly model: {
      readonly expr?: string;
      readonly expression?: string;
      readonly conditions?: readonly {
        readonly evaluator: { readonly type: string; readonly params: readonly number[] };
        readonly unloadEvaluator?: { readonly type: string; readonly params: readonly number[] };
      }[];
    };
  }[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly {
    readonly refId: string;
    readonly expr: string;
    readonly legendFormat: string;
    readonly datasource?: { readonly type: string; readonly uid: string };
    readonly exemplar?: boolean;
    readonly format?: string;
  }[];
}

export interface Dashboard {
  readonly id: null;
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly tags: readonly string[];
  readonly templating: {
    readonly list: readonly {
      readonly name: string;
      readonly type: string;
      readonly definition?: string;
      readonly multi?: boolean;
      readonly includeAll?: boolean;
      readonly current?: object;
      readonly datasource?: { readonly uid: string };
    }[];
  };
  readonly panels: readonly Panel[];
}

/** The rules of a file of Prometheus. */
export function prometheusRules(path: string): PrometheusRule[] {
  return (parse(committed(path)) as RuleFile).groups.flatMap(({ rules }) => rules);
}

/** The rules that Grafana is provisioned with. */
export function grafanaRules(): readonly GrafanaRule[] {
  const file = parse(committed("grafana/alerting/rules.yaml")) as {
    readonly groups: readonly { readonly rules: readonly GrafanaRule[] }[];
  };
  return file.groups.flatMap(({ rules }) => rules);
}

/** Every dashboard. */
export function dashboards(): Dashboard[] {
  return readdirSync(whereIs("grafana/dashboards")).map(
    (name) => JSON.parse(committed(`grafana/dashboards/${name}`)) as Dashboard,
  );
}

/** An expression of PromQL, and who says it. */
interface Said {
  readonly by: string;
  readonly expr: string;
  /** Templates beside it that name labels. */
  readonly templates: readonly string[];
}

/** Every expression of every file. */
export function everyExpression(): Said[] {
  const ofRules = ["prometheus/alerting-rules.yml", "prometheus/recording-rules.yml"].flatMap(
    (path) =>
      prometheusRules(path).map(({ alert, record, expr, annotations = {} }) => ({
        by: `${path}: ${alert ?? record}`,
        expr,
        templates: Object.values(annotations),
      })),
  );
  const ofGrafana = grafanaRules().flatMap(({ title, data, annotations }) =>
    data.flatMap(({ model: { expr } }) =>
      expr === undefined
        ? []
        : [{ by: `grafana: ${title}`, expr, templates: Object.values(annotations) }],
    ),
  );
  return [...ofRules, ...ofGrafana, ...dashboards().flatMap(ofDashboard)];
}

function ofDashboard({ title, panels, templating }: Dashboard): Said[] {
  const ofPanels = panels.flatMap((panel) =>
    (panel.targets ?? []).map(({ expr, legendFormat }) => ({
      by: `${title}: ${panel.title}`,
      expr: withoutVariables(expr),
      templates: [legendFormat],
    })),
  );
  const ofVariables = templating.list.flatMap(({ name, definition = "" }) => {
    const [, vector, label] = /^label_values\((.*), (\w+)\)$/.exec(definition) ?? [];
    if (vector === undefined || label === undefined) return [];
    const expr = withoutVariables(vector);
    return [{ by: `${title}: $${name}`, expr, templates: [`{{${label}}}`] }];
  });
  return [...ofPanels, ...ofVariables];
}

/** As Grafana sends it, with everything of the tenant that prometheus/scrape.yml has chosen. */
export function withoutVariables(expr: string): string {
  return expr
    .replaceAll("$__rate_interval", "1m")
    .replaceAll("$tenant", "default")
    .replaceAll(/\$(target|operation)\b/g, ".*");
}
