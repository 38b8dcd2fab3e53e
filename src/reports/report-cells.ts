import type { Language } from "../alerts/rule.ts";
import { clip } from "../notify/clip.ts";
import { formatNumber } from "../notify/format.ts";
import { oneLine } from "../notify/one-line.ts";
import type { Badge, BadgeColor, Cell } from "./report-document.ts";
import type { GradeWord, ReportWords } from "./words/report-words.ts";

/** Most characters of a name: as many as a name may have. */
const MAX_NAME = 64;

/** What graded something: a word and its colour. */
interface AnyGrade {
  readonly grade: GradeWord;
  readonly color: BadgeColor;
}

/** A cell of words or figures of ours. */
export function cell(text: string): Cell {
  return { text, isName: false, badge: null, detail: "" };
}

/** A cell with what somebody has called something. */
export function nameCell(name: string, detail: string): Cell {
  return { text: nameOf(name), isName: true, badge: null, detail };
}

/** A cell with its grade. */
export function badgeCell(text: string, grade: AnyGrade, words: ReportWords, detail = ""): Cell {
  return { text, isName: false, badge: gradeBadge(grade, words), detail };
}

/** A cell with its grade where there is one. */
export function gradedCell(
  text: string,
  grade: AnyGrade | null,
  words: ReportWords,
  detail = "",
): Cell {
  return grade === null ? { ...cell(text), detail } : badgeCell(text, grade, words, detail);
}

/** A grade in words. */
export function gradeBadge({ grade, color }: AnyGrade, words: ReportWords): Badge {
  return { word: words.grades[grade], color };
}

/** A name as one line of bounded length. */
export function nameOf(name: string): string {
  return clip(oneLine(name), MAX_NAME);
}

/** A fraction in percent. */
export function rateText(rate: number, language: Language): string {
  // What happened a few times in many calls must not look like never.
  if (rate > 0 && rate < 0.000_1) return `< ${formatNumber(0.01, 2, language)} %`;
  return `${formatNumber(rate * 100, 2, language)} %`;
}

/** A mean with as many digits as tell it apart. */
export function perMinuteText(perMinute: number, language: Language): string {
  if (perMinute > 0 && perMinute < 0.01) return `< ${formatNumber(0.01, 2, language)}`;
  return formatNumber(perMinute, perMinute < 10 ? 2 : perMinute < 100 ? 1 : 0, language);
}

/** A ratio as what came on top of 1: `+12 %`. */
export function changeText(ratio: number, language: Language): string {
  const percent = (ratio - 1) * 100;
  const digits = Math.abs(percent) < 10 ? 1 : 0;
  const text = formatNumber(Math.abs(percent), digits, language);
  return `${text === "0" ? "±" : percent > 0 ? "+" : "−"}${text} %`;
}

/** A duration in milliseconds: three digits are as many as a histogram is exact to. */
export function msText(durationMs: number, language: Language): string {
  const digits = durationMs < 10 ? 2 : durationMs < 100 ? 1 : 0;
  return `${formatNumber(durationMs, digits, language)} ms`;
}

/** A size in units of a million bytes, as the grade of a database counts them. */
export function megabytesText(sizeBytes: number, language: Language): string {
  const megabytes = sizeBytes / 1_000_000;
  const digits = megabytes < 10 ? 2 : megabytes < 100 ? 1 : 0;
  return `${formatNumber(megabytes, digits, language)} MB`;
}
