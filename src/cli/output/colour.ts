import { styleText } from "node:util";
import type { Grade, Status } from "../../grades/grade.ts";
import type { ThroughputGrade } from "../../grades/throughput-grade.ts";
import type { CliIo, OutStream } from "../cli-io.ts";

/** What of a text can be made visible by more than words. Nothing is told by it alone. */
export type Style = "bold" | "dim" | "green" | "blue" | "yellow" | "orange" | "red" | "purple";

/** Gives a text a style, or leaves it as it is where there are no colours. */
export type Paint = (style: Style | undefined, text: string) => string;

const FORMATS = {
  bold: "bold",
  dim: "dim",
  green: "green",
  // Plain blue cannot be read on black.
  blue: "blueBright",
  yellow: "yellow",
  // The sixteen colours of a terminal have no orange.
  orange: "redBright",
  red: ["bold", "red"],
  purple: "magentaBright",
} as const;

/**
 * Whether a stream gets colours: `--no-color` says no before anything else, then FORCE_COLOR says
 * yes or no, NO_COLOR says no, and else it is whether somebody looks at it.
 */
export function wantsColour(
  stream: OutStream,
  env: CliIo["env"],
  isColourOption: boolean,
): boolean {
  if (!isColourOption) return false;
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  return stream.isTTY === true && env["TERM"] !== "dumb";
}

export function paintFor(isColoured: boolean): Paint {
  if (!isColoured) return (_style, text) => text;
  return (style, text) => {
    if (style === undefined || text === "") return text;
    const format = FORMATS[style];
    // It was decided already whether there are colours.
    return styleText(typeof format === "string" ? format : [...format], text, {
      validateStream: false,
    });
  };
}

/** How a grade is shown. @param color `gray` for a grade that is not known. */
export function gradeStyle(color: Grade["color"] | ThroughputGrade["color"]): Style {
  return color === "gray" ? "dim" : color;
}

export function statusStyle(status: Status): Style {
  switch (status) {
    case "HEALTHY":
      return "green";
    case "WARNING":
      return "yellow";
    case "CRITICAL":
      return "red";
    case "UNKNOWN":
      return "dim";
  }
}
