export type { CallTree, PivotTrees, Stacks } from "./call-tree.ts";
export { callTree, frameTotals, pivotTrees, selfOf } from "./call-tree.ts";
export type { FrameTable } from "./frames.ts";
export { frameName, frameTable } from "./frames.ts";
