import { type BoxId, nodeOf, rowOf, type Scene } from "./flame-scene.ts";

/** As rows and boxes are on screen. */
export type Direction = "up" | "down" | "left" | "right";

/** The box next to a box, which is the widest of several; undefined where there is none. */
export function neighbourOf(scene: Scene, box: BoxId, direction: Direction): BoxId | undefined {
  const { tree, node } = nodeOf(scene, box);
  const id = (of: number): BoxId => (tree === scene.callers ? -1 - of : of);
  if (direction === "left" || direction === "right") {
    const next = node + (direction === "left" ? -1 : 1);
    const isInRow = next > 0 && next < tree.length && rowOf(scene, id(next)) === rowOf(scene, box);
    return isInRow ? id(next) : undefined;
  }
  // Callees stand below their caller, and a pivot's callers above what they call.
  const isToChild = (direction === "down") === (tree === scene.tree);
  if (isToChild) {
    const first = tree.firstChild[node]!;
    return first < tree.firstChild[node + 1]! ? id(first) : undefined;
  }
  const parent = tree.parent[node]!;
  if (scene.firstRow === 1 && tree === scene.tree && parent === 0) return callerOfPivot(scene, tree.frame[node]!);
  if (tree === scene.callers && tree.parent[parent] === 0) return scene.tree.frame.indexOf(tree.frame[parent]!, 1);
  return parent >= scene.firstRow ? id(parent) : undefined;
}

/** The widest caller of a pivot, which stands in both trees: as a root of its callees, and as one of its callers. */
function callerOfPivot({ callers }: Scene, frame: number): BoxId | undefined {
  const { firstChild, frame: frames } = callers!;
  let twin = firstChild[0]!;
  while (twin < firstChild[1]! && frames[twin] !== frame) twin++;
  const caller = firstChild[twin]!;
  return caller < firstChild[twin + 1]! ? -1 - caller : undefined;
}
