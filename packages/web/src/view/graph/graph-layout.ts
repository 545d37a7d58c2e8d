import { drawableDot } from "@pprof-ts/report";
import { embeddedScript } from "../../session/analyst.ts";
import type { Home } from "../../session/home.ts";
import { plainText } from "../../widget/plain-text.ts";
import workerAddress from "./graph-worker.ts?worker&url";

/** With full care for so many seconds; then with straight edges and few rounds of untangling. */
const EFFORTS = [
  { attributes: "", seconds: 15 },
  { attributes: "nslimit=1 nslimit1=1 mclimit=0.2 splines=line", seconds: 60 },
] as const;

const FONTS = ["graph", "node", "edge"].map((what) => `${what} [fontname="Arial"]`).join(" ");

/** Lays out a graph in the dot language, in a worker of its own; the answer is an SVG document. */
export async function layOut(dot: string, home: Home, signal: AbortSignal): Promise<string> {
  // Letters are as wide as those of the page's fonts are.
  const graph = drawable(drawableDot(dot)).replace("{", `{ ${FONTS}`);
  for (const { attributes, seconds } of EFFORTS) {
    const svg = await attempt(
      graph.replace("{", `{${attributes === "" ? "" : ` graph [${attributes}]`}`),
      seconds,
      home,
      signal,
    );
    if (svg !== undefined) return svg;
  }
  throw new Error("the graph takes too long to lay out: focus, or fewer nodes (n in the address) make it smaller");
}

/** A line that is longer makes its box wider than any screen; Graphviz reads no text of more than 16,384 bytes. */
const LONGEST_LINE = 120;
const LONGEST_TEXT = 4000;

/** A graph with texts that Graphviz can read and a person can see: none that are endless, none with a NUL in them. */
function drawable(dot: string): string {
  const cut = (text: string, length: number): string =>
    text.length > length ? `${text.slice(0, length).replace(/\\+$/, "")}…` : text;
  return dot.replace(/(\blabel=)?"((?:[^"\\]|\\.)*)"/gs, (_, label: string | undefined, text: string) => {
    const shown = text.split("\n").map(plainText).join("\n");
    if (label === undefined) return `"${cut(shown, LONGEST_TEXT)}"`;
    const lines = shown.split(/(\\[nlr])/).map((part, i) => (i % 2 === 0 ? cut(part, LONGEST_LINE) : part));
    return `label="${cut(lines.join(""), LONGEST_TEXT)}"`;
  });
}

/** Undefined where the time is up. */
function attempt(dot: string, seconds: number, home: Home, signal: AbortSignal): Promise<string | undefined> {
  const worker = new Worker(embeddedScript("graph-worker", home) ?? new URL(workerAddress, import.meta.url));
  let timer = 0;
  return new Promise<string | undefined>((resolve, reject) => {
    timer = setTimeout(() => resolve(undefined), seconds * 1000);
    signal.addEventListener("abort", () => reject(new Error("another graph is wanted")));
    worker.addEventListener("message", ({ data }: MessageEvent<{ svg: string } | { problem: string }>) => {
      if ("svg" in data) resolve(data.svg);
      else reject(new Error(data.problem));
    });
    worker.addEventListener("error", (event) =>
      reject(new Error(event.message || "Graphviz could not be loaded: the server of this page does not answer")),
    );
    worker.postMessage(dot);
  }).finally(() => {
    clearTimeout(timer);
    worker.terminate();
  });
}
