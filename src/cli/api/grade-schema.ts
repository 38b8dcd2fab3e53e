import * as v from "valibot";
import type { Grade } from "../../grades/grade.ts";
import type { ThroughputGrade } from "../../grades/throughput-grade.ts";
import { anyWord } from "./any-word.ts";

const COLORS = ["green", "blue", "yellow", "orange", "red"] as const;
const THROUGHPUT_COLORS = ["purple", "green", "blue", "orange", "gray"] as const;

/** The fields of a pillar that say how well it does. */
export const GRADED = {
  grade: anyWord<Grade["grade"]>(),
  color: v.picklist(COLORS),
  score: v.number(),
};

/** The same of throughput. */
export const THROUGHPUT_GRADED = {
  grade: anyWord<ThroughputGrade["grade"]>(),
  color: v.picklist(THROUGHPUT_COLORS),
  score: v.nullable(v.picklist([10, 8, 6, 4])),
};

/** A grade of the kind that series have. */
export const GRADE_SCHEMA = v.looseObject({ ...GRADED, score: v.picklist([10, 8, 6, 4, 2]) });
