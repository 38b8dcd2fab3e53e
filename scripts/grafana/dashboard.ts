import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DATA_SOURCE, type PanelSource } from "./panels.ts";

/** What is chosen at the top of a dashboard, beside data source and tenant. */
type Choice = "target" | "operation";

/** A dashboard, as it is written down here. */
export interface DashboardText {
  /** Of its file and its address: `tachograph-NAME`. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly choices: readonly Choice[];
  /** Only targets of this kind are offered; undefined for all. */
  readonly kind?: string;
  readonly rows: readonly { readonly title: string; readonly panels: readonly PanelSource[] }[];
}

const TAG = "tachograph";

/** The dashboard in Grafana's classic form, which every version imports. */
export function dashboard(text: DashboardText): Dashboard {
  const builder = new DashboardBuilder(`Tachograph · ${text.title}`)
    .uid(`tachograph-${text.name}`)
    .description(text.description)
    .tags([TAG])
    .timezone("browser")
    .time({ from: "now-3h", to: "now" })
    .refresh("30s")
    .tooltip(DashboardCursorSync.Crosshair)
    .link(
      new DashboardLinkBuilder("Tachograph")
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    )
    .withVariable(new DatasourceVariableBuilder("ds").label("Data source").type("prometheus"))
    .withVariable(tenant());
  const kind = text.kind === undefined ? "" : `,kind="${text.kind}"`;
  if (text.choices.includes("target"))
    builder.withVariable(
      choice(
        "target",
        "Target",
        `label_values(tachograph_calls_total{tenant="$tenant"${kind}}, target)`,
      ),
    );
  if (text.choices.includes("operation"))
    builder.withVariable(
      choice(
        "operation",
        "Operation",
        `label_values(tachograph_calls_total{tenant="$tenant",target=~"$target"${kind}}, operation)`,
      ),
    );
  for (const { title, panels } of text.rows) {
    builder.withRow(new RowBuilder(title));
    for (const panel of panels) builder.withPanel(panel);
  }
  return numbered(builder.build());
}

/**
 * One tenant, the first one until another is chosen. Where no series has the label there is nothing to
 * choose, which stands for an empty text: it takes series without the label.
 */
function tenant(): QueryVariableBuilder {
  return variable("tenant", "Tenant", "label_values(tachograph_status, tenant)").description(
    "One at a time. Empty where no series has the label, as its job does not set it.",
  );
}

/** Several or all of a label's values. */
function choice(name: string, label: string, query: string): QueryVariableBuilder {
  return variable(name, label, query)
    .multi(true)
    .includeAll(true)
    .allValue(".*")
    .current({ text: ["All"], value: ["$__all"] });
}

function variable(name: string, label: string, query: string): QueryVariableBuilder {
  return (
    new QueryVariableBuilder(name)
      .label(label)
      .datasource(DATA_SOURCE)
      .query({ qryType: 1, query, refId: "values" })
      .definition(query)
      .refresh(VariableRefresh.OnTimeRangeChanged)
      // oxlint-disable-next-line unicorn/no-array-sort -- a builder's method, not an array's
      .sort(VariableSort.AlphabeticalAsc)
  );
}

/** Each panel with a number of its own, and no number of the dashboard: Grafana gives it one. */
function numbered(built: Dashboard): Dashboard {
  built.panels?.forEach((panel, index) => {
    panel.id = index + 1;
  });
  return { ...built, id: null };
}
