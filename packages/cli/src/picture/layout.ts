import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import { ToolError } from "../error.ts";
import { forThread } from "../host/working-directory.ts";

/** What Graphviz writes by itself: a picture, or in `json` each step of drawing it. */
export type LayoutFormat = "svg" | "ps" | "json";

interface Effort {
  /** Attributes of the graph that make Graphviz take less care. */
  readonly attributes: string;
  readonly seconds: number;
}

/**
 * A call graph of 900 nodes takes 3 s with full care. Densely tangled graphs have no bound: 300 nodes with 600 random
 * edges take minutes, but 8 s with straight edges and few rounds of untangling.
 */
const EFFORTS: readonly Effort[] = [
  { attributes: "", seconds: 20 },
  { attributes: "nslimit=1 nslimit1=1 mclimit=0.2 splines=line", seconds: 60 },
];

export interface LayoutOptions {
  /** Stops the work; the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly efforts?: readonly Effort[];
}

/**
 * Lays out a graph in the dot language with Graphviz, compiled to WebAssembly: nothing need be installed. It runs in a
 * thread of its own, the only way to stop it.
 */
export async function layout(dot: string, format: LayoutFormat, options: LayoutOptions = {}): Promise<string> {
  const efforts = options.efforts ?? EFFORTS;
  let problem = "";
  for (const { attributes, seconds } of efforts) {
    options.signal?.throwIfAborted();
    const result = await attempt(withAttributes(dot, attributes), format, seconds, options.signal);
    if ("picture" in result) return result.picture;
    problem = result.problem;
    if (problem.startsWith("syntax error")) throw new ToolError(`cannot lay out the graph: ${problem}`);
  }
  throw new ToolError(`cannot lay out the graph, ${size(dot)}: ${problem}; -nodecount and -focus make it smaller`);
}

type Result = { readonly picture: string } | { readonly problem: string };

// As text, so that the thread starts alike from the sources, from the build and from one bundled file.
const THREAD = `
const { parentPort, workerData } = require("node:worker_threads");
const said = [];
console.error = (...words) => said.push(words.join(" "));
const reason = ({ message }) => (message.startsWith("Program terminated") ? said.at(-1) ?? message : message).trim();
import(workerData.graphviz).then(async ({ Graphviz }) => {
  const graphviz = await Graphviz.load();
  parentPort.postMessage({ picture: graphviz.layout(workerData.dot, workerData.format, "dot") });
}).catch((error) => parentPort.postMessage({ problem: reason(error) }));
`;

async function attempt(dot: string, format: string, seconds: number, signal?: AbortSignal): Promise<Result> {
  const require = createRequire(import.meta.url);
  const graphviz = require.resolve("@hpcc-js/wasm-graphviz");
  const started = forThread();
  // To compile it better takes two thirds of the time of a usual picture, and saves nothing even where one takes a minute.
  setFlagsFromString("--liftoff-only");
  const worker = new Worker(THREAD, {
    eval: true,
    workerData: { graphviz: pathToFileURL(graphviz).href, dot, format },
  });
  let timer: NodeJS.Timeout | undefined;
  let abort: (() => void) | undefined;
  try {
    return await new Promise<Result>((resolve, reject) => {
      abort = () => reject(signal?.reason);
      signal?.addEventListener("abort", abort);
      timer = setTimeout(() => resolve({ problem: `it took more than ${seconds} s` }), seconds * 1000);
      worker.once("online", started);
      worker.once("message", resolve);
      worker.once("error", (error) => resolve({ problem: error.message }));
      worker.once("exit", () => resolve({ problem: "Graphviz ended without an answer" }));
    });
  } finally {
    setFlagsFromString("--no-liftoff-only");
    started();
    clearTimeout(timer);
    if (abort !== undefined) signal?.removeEventListener("abort", abort);
    await worker.terminate();
  }
}

function withAttributes(dot: string, attributes: string): string {
  return attributes === "" ? dot : dot.replace("{", `{\ngraph [${attributes}]`);
}

function size(dot: string): string {
  const count = (line: RegExp): number => dot.match(line)?.length ?? 0;
  return `${count(/^\w+ \[label=/gm)} nodes and ${count(/^\w+ -> \w+ /gm)} edges`;
}
