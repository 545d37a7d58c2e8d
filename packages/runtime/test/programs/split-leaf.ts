/**
 * What `turn` of another file runs. V8 before Node 26 credits the samples of these functions to `turn`, and gives their
 * lines. Those must be none of the lines that `turn` itself has in its file, or nothing tells the two from each other:
 * that is what this text is so long for.
 *
 * The function that has the time is one that the other file does not even name, for V8 inlines what an inlined function
 * calls as well.
 */
const SEED = 31;

export function mixed(value: number): number {
  return scrambled(value) % 7;
}

function untouched(value: number): number {
  return value;
}

function scrambled(value: number): number {
  let mix = value;
  for (let i = 0; i < 4; i++) {
    mix = (mix * SEED + i) | 0;
  }
  return untouched(mix);
}
