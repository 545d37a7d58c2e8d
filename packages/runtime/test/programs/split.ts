// A program whose time goes into functions of another file, which V8 inlines.
import { setImmediate } from "node:timers/promises";
import { mixed } from "./split-leaf.js";

function turn(): number {
  let sum = 0;
  for (let i = 0; i < 3_000_000; i++) sum += mixed(i);
  return sum;
}

// No timer's callback, which V8 may inline into Node's own code, and no endless loop, of which it does not know the lines.
function again(): void {
  turn();
  void setImmediate().then(again);
}
again();
