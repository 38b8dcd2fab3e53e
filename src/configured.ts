import input from "../tachograph.config.ts";
import { parseConfig } from "./config.ts";

/** The configuration of this deployment, checked when the Worker starts. */
export const config = parseConfig(input);
