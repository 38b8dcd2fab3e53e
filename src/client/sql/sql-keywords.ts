/** The words that cannot be the name of a table or a column, nor an alias, without quotes. */
const RESERVED: ReadonlySet<string> = new Set(
  (
    "ALL AND AS ASC BETWEEN BY CASE CAST CHECK COLLATE CREATE CROSS CURRENT_DATE CURRENT_TIME " +
    "CURRENT_TIMESTAMP DEFAULT DELETE DESC DISTINCT DO ELSE END ESCAPE EXCEPT EXISTS FALSE FROM " +
    "FULL GLOB GROUP HAVING IN INDEX INDEXED INNER INSERT INTERSECT INTO IS ISNULL JOIN LEFT LIKE " +
    "LIMIT MATCH NATURAL NOT NOTNULL NULL OFFSET ON OR ORDER OUTER PRIMARY RAISE RECURSIVE REGEXP " +
    "REPLACE RETURNING RIGHT SELECT SET TABLE THEN TO TRUE UNION UNIQUE UPDATE USING VALUES WHEN " +
    "WHERE WINDOW WITH"
  ).split(" "),
);

/**
 * SQLite's keywords (sqlite.org/lang_keywords.html): the words whose case says nothing. A column may
 * be called like those that are not reserved, which folds its case too.
 */
const KEYWORDS: ReadonlySet<string> = new Set([
  ...RESERVED,
  ...(
    "ABORT ACTION ADD AFTER ALTER ALWAYS ANALYZE ATTACH AUTOINCREMENT BEFORE BEGIN CASCADE COLUMN " +
    "COMMIT CONFLICT CONSTRAINT CURRENT DATABASE DEFERRABLE DEFERRED DETACH DROP EACH EXCLUDE " +
    "EXCLUSIVE EXPLAIN FAIL FILTER FIRST FOLLOWING FOR FOREIGN GENERATED GROUPS IF IGNORE IMMEDIATE " +
    "INITIALLY INSTEAD KEY LAST MATERIALIZED NO NOTHING NULLS OF OTHERS OVER PARTITION PLAN PRAGMA " +
    "PRECEDING QUERY RANGE REFERENCES REINDEX RELEASE RENAME RESTRICT ROLLBACK ROW ROWS SAVEPOINT " +
    "TEMP TEMPORARY TIES TRANSACTION TRIGGER UNBOUNDED VACUUM VIEW VIRTUAL WITHOUT"
  ).split(" "),
]);

const LONGEST = 17;

/** The keyword in capitals, or undefined if the word is none. */
export function keywordOf(word: string): string | undefined {
  if (word.length > LONGEST) return undefined;
  const capitals = word.toUpperCase();
  return KEYWORDS.has(capitals) ? capitals : undefined;
}

/** Whether a bare word is one of SQL's own, whatever stands around it. */
export function isReserved(word: string): boolean {
  const keyword = keywordOf(word);
  return keyword !== undefined && RESERVED.has(keyword);
}
