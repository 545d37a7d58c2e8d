// Looks for the loops of a function, as compilers do: node dist/loops/main.js STEP [TIMES]
import { setImmediate } from "node:timers/promises";
import { type Graph, type Loop, looping } from "./graph.ts";

const [step = "1", times = "12"] = process.argv.slice(2);
const { findLoops } = (await import(`./step${step}.js`)) as { findLoops: (graph: Graph) => Loop[] };

const graph = looping(10);
let loops: Loop[] = [];
for (let i = 0; i < Number(times); i++) {
  loops = findLoops(graph);
  // As in a service, whose event loop turns between two requests.
  await setImmediate();
}
const depth = Math.max(...loops.map((loop) => loop.depth));
console.log(`${graph.blocks.length} blocks, ${loops.length} loops, ${depth} in each other`);
