import type { VNode } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { useSession } from "../../session/session.ts";
import { MoreTools } from "../../widget/more-tools.tsx";
import { OwnCode } from "../../widget/own-code.tsx";
import { plainText } from "../../widget/plain-text.ts";
import { save } from "../../widget/save.ts";
import { isAsTable, TableToggle } from "../../widget/table-toggle.tsx";
import { shareText } from "../../widget/values.ts";
import type { Colouring } from "./drawing/flame-colour.ts";
import { flamePng } from "./drawing/flame-png.ts";
import { type BoxId, nodeOf } from "./drawing/flame-scene.ts";
import { flameSvg } from "./drawing/flame-svg.ts";
import type { Found } from "./drawing/search.ts";
import type { Canvases, Shown } from "./drawing/shown.ts";

interface Props {
  readonly shown: Shown | undefined;
  readonly zoomed: BoxId | undefined;
  readonly found: Found | undefined;
  readonly step: (by: number) => void;
  readonly canvases: Canvases;
  readonly zoom: (box: BoxId | undefined) => void;
  readonly colourings: readonly Colouring[];
  readonly colouring: string;
}

/** The line above a flame graph: the way to the box that is zoomed to, what a search found, how to look at it. */
export function FlameTools({ shown, zoomed, found, step, canvases, zoom, colourings, colouring }: Props): VNode {
  const { nav, theme } = useSession();
  const { query } = nav.place.value;
  const isTime = nav.place.value.page === "time";
  const crumbs = useRef<HTMLElement>(null);
  const [isOpen, setOpen] = useState(false);
  // The end of the way is what was clicked.
  useLayoutEffect(() => crumbs.current?.scrollTo(crumbs.current.scrollWidth, 0), [zoomed, shown]);
  return (
    <div class={isOpen ? "tools open" : "tools"}>
      <nav class="crumbs" ref={crumbs} aria-label="The way to the box in view">
        {shown &&
          path(shown, zoomed ?? 0).map((crumb) => (
            <button type="button" key={crumb.box} onClick={() => zoom(crumb.box === 0 ? undefined : crumb.box)}>
              {crumb.label}
            </button>
          ))}
      </nav>
      {found && shown && (
        <span class="found" role="status">
          {found.boxes.length === 0
            ? "no match"
            : `${shown.picture.isCut ? "at least " : ""}${shareText(found.width, { total: shown.scene.tree.width[0]! })} in ${found.boxes.length === 1 ? "1 place" : `${found.boxes.length.toLocaleString("en")} places`}`}
          <button type="button" title="Previous match (N)" onClick={() => step(-1)}>
            ↑
          </button>
          <button type="button" title="Next match (n)" onClick={() => step(1)}>
            ↓
          </button>
        </span>
      )}
      <MoreTools isOpen={isOpen} setOpen={setOpen} />
      {!isTime && (
        <button
          type="button"
          class="toggle"
          aria-pressed={query.inv === "1"}
          title="Callers first: from the leaves to the root (i)"
          onClick={() => nav.go({ set: { inv: query.inv ? "" : "1" } })}
        >
          Callers first
        </button>
      )}
      {!isTime && (
        <button
          type="button"
          class="toggle"
          aria-pressed={query.order === "name"}
          title="Siblings in the order of their names, not the heaviest first (o)"
          onClick={() => nav.go({ set: { order: query.order ? "" : "name" } })}
        >
          By name
        </button>
      )}
      <OwnCode />
      <label class="choice">
        Colour
        <select
          value={colouring}
          onChange={(event) => nav.go({ set: { c: event.currentTarget.value } }, true)}
          aria-label="Colour by"
        >
          {colourings.map(({ name, title }) => (
            <option key={name} value={name}>
              {plainText(title).slice(0, 60)}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        class="toggle"
        aria-pressed={theme.isSafe.value}
        title="Only colours that every eye tells apart"
        onClick={theme.toggleSafe}
      >
        Safe colours
      </button>
      <TableToggle />
      {!isAsTable(nav) && (
        <button
          type="button"
          title="Save what is on screen as SVG"
          onClick={() => shown && save("flame.svg", flameSvg(canvases.current, shown.nameOf))}
        >
          SVG
        </button>
      )}
      {!isAsTable(nav) && (
        <button
          type="button"
          title="Save what is on screen as PNG"
          onClick={() => void flamePng(canvases.current).then((blob) => save("flame.png", blob))}
        >
          PNG
        </button>
      )}
    </div>
  );
}

interface Crumb {
  readonly box: BoxId;
  readonly label: string;
}

/** So many boxes of a way are shown: the outermost ones and the innermost ones. */
const CRUMBS = { first: 3, last: 60 };

/** The boxes from the root to this one; of a long way its ends. */
function path({ scene, label }: Shown, box: BoxId): readonly Crumb[] {
  const inTree = (box < 0 ? -1 - box : box) < (box < 0 ? (scene.callers?.length ?? 0) : scene.tree.length);
  if (!inTree || box === 0) return [];
  const { tree, node } = nodeOf(scene, box);
  const crumbs: Crumb[] = [];
  for (let at = node; at > 0; at = tree.parent[at]!)
    crumbs.push({ box: box < 0 ? -1 - at : at, label: label(tree.frame[at]!).slice(0, 40) });
  crumbs.push({ box: 0, label: "all" });
  crumbs.reverse();
  const { first, last } = CRUMBS;
  return crumbs.length <= first + last ? crumbs : [...crumbs.slice(0, first), ...crumbs.slice(-last)];
}
