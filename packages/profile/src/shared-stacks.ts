/**
 * The stacks of samples in such an order that neighbours begin alike at the root, each written as what it does not share with the one
 * before it: `main;serve;parse` and then `main;serve;send` is "0 shared, then main, serve, parse" and "2 shared, then send". Equal
 * stacks are one, but for a few.
 */
export interface SharedStacks {
  readonly length: number;
  /** How many of its outermost locations a stack has in common with the one before it. */
  readonly shared: Uint32Array;
  /** Its other locations are those from `start[i]` up to but without `start[i + 1]`, outermost first. */
  readonly start: Uint32Array;
  readonly locations: Uint32Array;
  /** How many locations the longest stack has. */
  readonly deepest: number;
  /** By sample, its stack. */
  readonly of: Int32Array;
}

/** How many locations each stack has. */
export function stackSizes({ length, shared, start }: SharedStacks): Uint32Array {
  const sizes = new Uint32Array(length);
  for (let stack = 0; stack < length; stack++) sizes[stack] = shared[stack]! + start[stack + 1]! - start[stack]!;
  return sizes;
}

/** The stacks written out, as `SampleTable.locations` has them: that of sample i from `locationStart[i]` on, leaf first. */
export function unsharedStacks(stacks: SharedStacks, locationStart: Uint32Array): Uint32Array {
  const { length, shared, start, locations, deepest, of } = stacks;
  const all = new Uint32Array(locationStart[of.length]!);
  /** First how many samples each stack has, then where its samples begin in `samples`. */
  const samplesOf = new Int32Array(length + 1);
  for (let i = 0; i < of.length; i++) samplesOf[of[i]! + 1]!++;
  for (let stack = 0; stack < length; stack++) samplesOf[stack + 1]! += samplesOf[stack]!;
  const samples = new Int32Array(of.length);
  const next = samplesOf.slice();
  for (let i = 0; i < of.length; i++) samples[next[of[i]!]!++] = i;
  const stack = new Uint32Array(deepest);
  for (let row = 0; row < length; row++) {
    let depth = shared[row]!;
    for (let at = start[row]!; at < start[row + 1]!; at++) stack[depth++] = locations[at]!;
    for (let i = samplesOf[row]!; i < samplesOf[row + 1]!; i++) {
      for (let level = 0, at = locationStart[samples[i]! + 1]!; level < depth; level++) all[--at] = stack[level]!;
    }
  }
  return all;
}
