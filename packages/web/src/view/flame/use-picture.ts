import { useEffect, useMemo, useState } from "preact/hooks";
import type { FlamePicture } from "../../session/protocol.ts";
import { asked, useSession } from "../../session/session.ts";
import { useAnswer } from "../../session/use-answer.ts";
import { type BoxId, boxAt, nodeOf, placeOf } from "./drawing/flame-scene.ts";
import { type Shown, show } from "./drawing/shown.ts";
import { type FreeView, freeView } from "./free-view.ts";

/** The picture that the address asks for. */
export interface Picture {
  /** The last one that was answered; undefined before the first. */
  readonly picture: FlamePicture | undefined;
  readonly shown: Shown | undefined;
  /** The box that the address zooms to; undefined where it names none. */
  readonly zoomed: BoxId | undefined;
  /** The part of the width that the address zooms to, where that is no box. */
  readonly free: FreeView | undefined;
  readonly error: string;
  readonly isBusy: boolean;
  /** Says what part of the width is in view: boxes that were too narrow to be made may be asked for. */
  readonly see: (left: number, right: number) => void;
}

/** A part of a picture's width, in the unit of its tree, and which picture it is about. */
interface Seen {
  readonly about: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Asks for the picture of an address. Where it has more boxes than are made at once, it comes without the narrow ones;
 * when a part of it is looked at, the picture is asked for again with the boxes of that part.
 */
export function usePicture(question: "flame" | "time", sides: boolean): Picture {
  const { nav, opened } = useSession();
  const { query } = nav.place.value;
  const plain = asked(query);
  const about = `${opened.value} ${JSON.stringify(plain)}`;
  const [last, setSeen] = useState<Seen | undefined>(undefined);
  const seen = last?.about === about ? last : undefined;
  const answer = useAnswer<"flame" | "time">(
    question,
    seen === undefined ? plain : { ...plain, seen: `${seen.from}:${seen.to}` },
  );
  const { value: picture, error, isBusy } = answer;
  const shown = useMemo(() => (picture === undefined ? undefined : show(picture)), [picture]);
  const zoomed = useMemo(
    () => (shown === undefined || !query.z ? undefined : boxAt(shown.scene, query.z)),
    [shown, query.z],
  );
  const free = useMemo(() => freeView(query.z), [query.z]);
  const see = (left: number, right: number): void => {
    // Each side of a comparison has widths of its own: there the boxes of what is zoomed to are asked for, below.
    if (picture === undefined || !picture.isCut || isBusy || sides) return;
    const whole = picture.tree.width[0]!;
    const width = right - left;
    const made = seen ?? { from: 0, to: whole };
    if (width > whole / 2 || (left >= made.from && right <= made.to && width > (made.to - made.from) / 4)) return;
    setSeen({ about, from: Math.max(0, left - width / 2), to: Math.min(whole, right + width / 2) });
  };
  const zoomedAt = shown === undefined || zoomed === undefined ? "" : placeOf(shown.scene, zoomed);
  useEffect(() => {
    if (!sides || picture === undefined || !picture.isCut || shown === undefined || zoomed === undefined) return;
    const { tree, node } = nodeOf(shown.scene, zoomed);
    const from = tree.start[node]!;
    const to = from + tree.width[node]!;
    if (seen?.from !== from || seen.to !== to) setSeen({ about, from, to });
  }, [zoomedAt, shown, sides]);
  return { picture, shown, zoomed, free, error, isBusy, see };
}
