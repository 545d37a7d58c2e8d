import { ToolError } from "../error.ts";
import { write } from "../host/terminal/ui.ts";
import { manPage } from "./man.ts";
import { noTopic, topicHelp } from "./topic.ts";
import { usage } from "./usage.ts";
import { toolVersion } from "./version.ts";

/** `pprof help`, `pprof help top`: on standard output, as it was asked for. */
export function printHelp([topic]: readonly string[]): number {
  const text = topic === undefined ? usage() : topicHelp(topic);
  if (text === undefined) throw new ToolError(noTopic(topic ?? ""));
  write(1, text);
  return 0;
}

export function printManPage(): number {
  write(1, manPage(toolVersion()));
  return 0;
}
