// A program whose time goes into a function of another file, which V8 inlines.
import { mixed } from "./split-leaf.js";

function turn(): number {
  let sum = 0;
  for (let i = 0; i < 3_000_000; i++) sum += mixed(i);
  return sum;
}

setInterval(turn, 5);
