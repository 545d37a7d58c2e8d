import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { ToolError } from "../error.ts";
import { write } from "../host/terminal/ui.ts";
import { manPage } from "./man.ts";
import { noTopic, topicHelp } from "./topic.ts";
import { usage } from "./usage.ts";

/** `pprof help`, `pprof help top`: on standard output, as it was asked for. */
export function printHelp([topic]: readonly string[]): number {
  const text = topic === undefined ? usage() : topicHelp(topic);
  if (text === undefined) throw new ToolError(noTopic(topic ?? ""));
  write(1, text);
  return 0;
}

export function printManPage(): number {
  const manifest = createRequire(import.meta.url).resolve("pprof-ts/package.json");
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  write(1, manPage(version));
  return 0;
}
