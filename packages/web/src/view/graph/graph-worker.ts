import { Graphviz } from "@hpcc-js/wasm-graphviz";

// Lays out one graph and is ended from outside where that takes too long.
addEventListener("message", async ({ data }: MessageEvent<string>) => {
  try {
    const graphviz = await Graphviz.load();
    postMessage({ svg: graphviz.layout(data, "svg", "dot") });
  } catch (error) {
    postMessage({ problem: error instanceof Error ? error.message : String(error) });
  }
});
