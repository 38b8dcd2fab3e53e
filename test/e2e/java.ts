import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/*
 * Debian and Ubuntu: `apt-get install default-jdk-headless libhdrhistogram-java`; elsewhere name
 * the jar in HDR_HISTOGRAM_JAR. The sources in test/java are run without a build (Java 17+).
 */

const JAR = process.env["HDR_HISTOGRAM_JAR"] ?? "/usr/share/java/hdrhistogram.jar";

export const JAVA_TIMEOUT_MS = 60_000;

/** Runs a class of HdrHistogram, or a source file that uses it; what it prints. */
export function java(...commandLine: string[]): string {
  return execFileSync("java", ["-cp", JAR, ...commandLine], {
    encoding: "utf8",
    timeout: JAVA_TIMEOUT_MS,
    maxBuffer: 64 * 1_048_576,
  });
}

/** The path of one of our Java sources. */
export function source(name: string): string {
  return join(import.meta.dirname, "../java", name);
}

/** Why Java cannot be asked here, or undefined if it can. */
export const noJava = whyNot();
if (noJava !== undefined) console.log(`skipped: HdrHistogram in Java: ${noJava}`);

function whyNot(): string | undefined {
  if (!existsSync(JAR)) return `${JAR} is missing (package libhdrhistogram-java)`;
  try {
    // The sources are run as files, which takes a JDK: `javac` comes with one, a JRE has none.
    execFileSync("javac", ["-version"], { stdio: "ignore", timeout: JAVA_TIMEOUT_MS });
    return undefined;
  } catch (error) {
    return `no JDK answers (${error instanceof Error ? error.message : String(error)})`;
  }
}
