import { readFileSync } from "node:fs";
import { write } from "../ui.ts";
import { completionScript } from "./completion-script.ts";
import { helpOn } from "./help.ts";
import { manPage } from "./man-page.ts";

export function printHelp(topic: string): number {
  return print(helpOn(topic));
}

export function printCompletion(shell: string): number {
  return print(completionScript(shell));
}

export function printManPage(): number {
  // As far up from the bundle, where this runs, as from the compiled module.
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return print(manPage(String(manifest.version)));
}

function print(text: string): number {
  write(1, text);
  return 0;
}
