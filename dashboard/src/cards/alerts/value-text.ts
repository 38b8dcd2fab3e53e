import type { MeasureName } from "../../../../src/measures.ts";
import type { Unit } from "../../../../src/alerts/rule.ts";
import { type Format, NOTHING } from "../../i18n/format.ts";

/** What a value of an alert or of a rule is measured in. */
export interface ValueKind {
  readonly unit: Unit;
  /** The metric's name, as the API has it. */
  readonly metric: string;
  readonly measure?: MeasureName | undefined;
}

/** A value with its unit, as its reader's language writes it. */
export function valueText(format: Format, value: number | null, kind: ValueKind): string {
  if (value === null) return NOTHING;
  switch (kind.unit) {
    case "Ms":
      return kind.metric === "noData" ? format.duration(value) : `${format.ms(value)} ms`;
    case "Rate":
      return format.percent(value);
    case "Ratio":
      return `${format.rate(value)} ×`;
    case "Count":
      return format.count(value);
    case "Value":
      return measured(format, value, kind.measure);
  }
}

function measured(format: Format, value: number, measure: MeasureName | undefined): string {
  if (measure === "sizeBytes") return format.bytes(value);
  if (measure === "sqlMs" || measure === "waitMs") return `${format.ms(value)} ms`;
  return Number.isInteger(value) ? format.count(value) : format.rate(value);
}
