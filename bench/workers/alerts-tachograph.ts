/** The whole product, with the configuration that the bench puts in the place of its own. */
export * from "../../src/worker.ts";
export { default } from "../../src/worker.ts";
