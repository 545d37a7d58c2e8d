import type { SampleTable } from "@pprof-ts/profile";

/**
 * The samples with other stacks, which are made when someone looks at them: `start` says where each begins in what `make`
 * gives. Not the table with some columns changed, for that would look at its stacks.
 */
export function laterStacks(
  { length, values, labelStart, labels, unknownFields }: SampleTable,
  start: Uint32Array,
  make: () => Uint32Array,
): SampleTable {
  let made: Uint32Array | undefined;
  return {
    length,
    locationStart: start,
    values,
    labelStart,
    labels,
    unknownFields,
    get locations() {
      made ??= make();
      return made;
    },
  };
}
