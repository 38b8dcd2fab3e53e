/** A line of a text format. */
export interface TextSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** What stands behind the value. */
  readonly rest: string;
}

/** Reads the samples of a page, character by character. It shares no code with what is tested. */
export function textSamples(page: string): TextSample[] {
  return page
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map(readLine);
}

/** The value of the sample with exactly these labels; undefined if there is none. */
export function valueOf(
  samples: readonly TextSample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const key = keyOf(labels);
  return samples.find((sample) => sample.name === name && keyOf(sample.labels) === key)?.value;
}

/** One text for each set of labels, whatever their order. */
export function keyOf(labels: Readonly<Record<string, string>>): string {
  const entries = Object.entries(labels);
  return JSON.stringify(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

function readLine(line: string): TextSample {
  const name = /^[a-z_:][a-z0-9_:]*/i.exec(line)?.[0] ?? "";
  let position = name.length;
  const labels: Record<string, string> = {};
  if (line[position] === "{") {
    position += 1;
    while (line[position] !== "}") {
      const label = /^[a-z_]\w*/i.exec(line.slice(position))?.[0] ?? "";
      position += label.length;
      if (label === "" || !line.startsWith('="', position)) throw new Error(`no label: ${line}`);
      const read = readValue(line, position + 2);
      if (Object.hasOwn(labels, label)) throw new Error(`${label} is there twice: ${line}`);
      labels[label] = read.value;
      position = read.end;
      if (line[position] === ",") position += 1;
      else if (line[position] !== "}") throw new Error(`no end of labels: ${line}`);
    }
    position += 1;
  }
  const [, value = "", rest = ""] = /^ (\S+)(.*)$/s.exec(line.slice(position)) ?? [];
  if (name === "" || value === "") throw new Error(`no sample: ${line}`);
  return { name, labels, value: numberOf(value), rest };
}

function readValue(line: string, start: number): { value: string; end: number } {
  let value = "";
  for (let position = start; position < line.length; position++) {
    const character = line[position] ?? "";
    if (character === '"') return { value, end: position + 1 };
    if (character !== "\\") {
      value += character;
      continue;
    }
    position += 1;
    const escaped = line[position];
    if (escaped !== "n" && escaped !== '"' && escaped !== "\\") throw new Error(`\\${escaped}`);
    value += escaped === "n" ? "\n" : escaped;
  }
  throw new Error(`a label has no end: ${line}`);
}

function numberOf(text: string): number {
  if (text === "+Inf") return Infinity;
  if (text === "-Inf") return -Infinity;
  const value = Number(text);
  if (Number.isNaN(value) && text !== "NaN") throw new Error(`${text} is no number`);
  return value;
}
