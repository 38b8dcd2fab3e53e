import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Where a state directory remembers which migrations it has. */
export interface MigrationMarker {
  readonly migrationsDir: string;
  /** Holds the hash of the migrations that were applied last. */
  readonly markerFile: string;
  /** The local database; without it the marker is worth nothing. */
  readonly databaseDir: string;
}

/** The SQL files of `migrationsDir`, by name and content, as one hash; undefined when there are none. */
export function migrationsHash(migrationsDir: string): string | undefined {
  if (!existsSync(migrationsDir)) return undefined;
  const files = readdirSync(migrationsDir).filter((name) => name.endsWith(".sql"));
  if (files.length === 0) return undefined;
  const hash = createHash("sha256");
  for (const file of files.toSorted()) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(migrationsDir, file)))
      .update("\0");
  }
  return hash.digest("hex");
}

/** Whether wrangler has to be asked at all, which costs a second and a half. */
export function migrationsPending(marker: MigrationMarker): boolean {
  const hash = migrationsHash(marker.migrationsDir);
  if (hash === undefined) return false;
  if (!existsSync(marker.databaseDir) || !existsSync(marker.markerFile)) return true;
  return readFileSync(marker.markerFile, "utf8") !== hash;
}

/** Remembers that the migrations, as they are, have been applied. */
export function markMigrationsApplied(marker: MigrationMarker): void {
  mkdirSync(dirname(marker.markerFile), { recursive: true });
  writeFileSync(marker.markerFile, migrationsHash(marker.migrationsDir) ?? "");
}
