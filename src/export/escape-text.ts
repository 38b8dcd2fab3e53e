const LABEL_SPECIAL = /[\\"\n]/;
const LABEL_SPECIALS = /[\\"\n]/g;
const HELP_SPECIALS = /[\\\n]/g;

function escaped(character: string): string {
  return character === "\n" ? "\\n" : `\\${character}`;
}

/** A label's value as it stands between quotation marks, in both text formats. */
export function escapeLabelValue(value: string): string {
  return LABEL_SPECIAL.test(value) ? value.replace(LABEL_SPECIALS, escaped) : value;
}

/** A help text as the text format 0.0.4 has it: quotation marks stay as they are. */
export function escapeHelp(help: string): string {
  return help.replace(HELP_SPECIALS, escaped);
}
