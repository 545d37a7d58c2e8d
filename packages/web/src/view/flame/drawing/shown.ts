import { StringTable } from "@pprof-ts/profile";
import { shortName } from "@pprof-ts/report";
import type { FlamePicture } from "../../../session/protocol.ts";
import { plainText } from "../../../widget/plain-text.ts";
import type { FlameCanvas } from "./flame-canvas.ts";
import { type BoxId, nodeOf, type Scene, sceneOf } from "./flame-scene.ts";

/** A picture with what drawing and pointing need. */
export interface Shown {
  readonly picture: FlamePicture;
  readonly scene: Scene;
  readonly nameOf: (frame: number) => string;
  readonly fileOf: (frame: number) => string;
  readonly label: (frame: number) => string;
}

/** The canvases of a picture: one, or one for each side of a difference; they show the same boxes. */
export type Canvases = { readonly current: readonly FlameCanvas[] };

/** A picture as it came, with its scene and its names. */
export function show(picture: FlamePicture): Shown {
  const { frames } = picture;
  const texts = new StringTable(frames.textBytes, frames.textStart);
  const labels: (string | undefined)[] = new Array(frames.length).fill(undefined);
  const nameOf = (frame: number): string => (frame < 0 ? "root" : texts.get(frames.name[frame]!));
  return {
    picture,
    scene: sceneOf(picture.tree, picture.callers),
    nameOf,
    fileOf: (frame) => (frame < 0 ? "" : texts.get(frames.file[frame]!)),
    label(frame) {
      if (frame < 0) return "root";
      labels[frame] ??= plainText(short(nameOf(frame)));
      return labels[frame];
    },
  };
}

/** Names that fill a page are cut before patterns are tried on them. */
function short(name: string): string {
  return name.length > 1000 ? name.slice(0, 1000) : shortName(name);
}

/** The frame of a box; negative for the root. */
export function frameOf({ scene }: Shown, box: BoxId): number {
  const { tree, node } = nodeOf(scene, box);
  return tree.frame[node]!;
}
