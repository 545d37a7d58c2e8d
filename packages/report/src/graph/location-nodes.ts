// Hot: a walk over stacks looks into `of` for each of 14 million locations, in no order: that it is one column, and that
// what stands behind it is side by side, is a third of its time. See bench/src/tool.ts.

/** The nodes of each location. */
export interface LocationNodes {
  /** By location, its one node; or one of those below; or, for several nodes, `SEVERAL` less their place in `lists`. */
  readonly of: Int32Array;
  /** Of locations with several frames how many they are, and their nodes, outermost first: -1 for one that is removed. */
  readonly lists: Int32Array;
}

/** Stands for a location all of whose nodes have been removed. */
export const REMOVED = -1;
/** Stands for a location without frames, as if it were not there. */
export const HIDDEN = -2;
export const SEVERAL = -3;

/** The nodes of locations whose frames are the rows from `start` on of `nodeOf`, innermost first. */
export function locationNodes(start: Uint32Array, nodeOf: Int32Array): LocationNodes {
  const of = new Int32Array(start.length - 1);
  const lists = new Int32Array(nodeOf.length + of.length);
  let length = 0;
  for (let location = 0; location < of.length; location++) {
    const first = start[location]!;
    const end = start[location + 1]!;
    let node = end === first ? HIDDEN : nodeOf[first]!;
    for (let frame = first + 1; frame < end; frame++) if (node >= 0 || nodeOf[frame]! >= 0) node = SEVERAL;
    if (node === SEVERAL) {
      node = SEVERAL - length;
      lists[length++] = end - first;
      for (let frame = end - 1; frame >= first; frame--) lists[length++] = nodeOf[frame]!;
    }
    of[location] = node;
  }
  return { of, lists };
}
