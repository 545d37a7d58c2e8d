// What `turn` of another file runs. V8 before Node 26 credits the samples of these functions to `turn`, and gives their
// lines. Those must be none of the lines that the other file's functions have, or nothing tells the two from each other.
const WEIGHTS = [
  31,
  37,
  41,
  43,
  47,
  53,
  59,
  61,
  67,
  71,
  73,
  79,
  83,
  89,
  97,
  101, //
];

export function mixed(value: number): number {
  return scrambled(value) % 7;
}

// The other file does not even name this one: V8 inlines what an inlined function calls as well.
function scrambled(value: number): number {
  let mix = value;
  for (let i = 0; i < 4; i++) {
    mix = (mix * WEIGHTS[i]! + i) | 0;
  }
  return mix;
}
