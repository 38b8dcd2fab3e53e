import type { AnswerShape } from "../answer.ts";

/**
 * Google Analytics' Measurement Protocol: always 204, whatever became of the events. A limit or a
 * failure of its own shows nowhere, which is why an HTTP status alone is no error rate.
 */
export const googleAnswer: AnswerShape = () => ({ status: 204, headers: {}, body: null });
