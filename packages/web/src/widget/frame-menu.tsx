import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { exactly } from "../session/address/exact-name.ts";
import { pivotOn, REFINES, refined } from "../session/address/refine.ts";
import type { Change } from "../session/address/state.ts";
import { EDITORS } from "../session/preference/editor.ts";
import type { Origin } from "../session/protocol.ts";
import { type Session, useSession } from "../session/session.ts";
import { putAt } from "./at-point.ts";
import { copy } from "./copy.ts";
import { plainText } from "./plain-text.ts";

export interface MenuPoint {
  readonly x: number;
  readonly y: number;
}

/** A frame that something can be done with. */
export interface MenuFrame {
  readonly name: string;
  /** "" where nobody knows; then the file of the first function of this name counts. */
  readonly file: string;
  /** 0 where nobody knows. */
  readonly line?: number;
  /** The frames that lead to it, the outermost first, where it is one of a picture. */
  readonly stack?: readonly string[];
  /** Where one sees it; default: where it is the pivot. */
  readonly seenAt?: Change;
}

interface Props extends MenuFrame {
  readonly at: MenuPoint;
  readonly close: () => void;
}

/** One row an item: a place to go to, or something to do. */
interface Item {
  readonly title: string;
  readonly help: string;
  readonly change?: Change;
  /** An address outside of the pages. */
  readonly href?: string;
  readonly copies?: string;
}

const REFINE_ITEMS = REFINES.filter((row) => row.ofFrame);
const FOLD = REFINES.find(({ key }) => key === "fold")!;

/** What can be done with a frame: the menu of a right click. */
export function FrameMenu({ at, name, file, line = 0, stack, seenAt, close }: Props): VNode {
  const session = useSession();
  const { nav, analyst, editor } = session;
  const menu = useRef<HTMLDivElement>(null);
  const [origin, setOrigin] = useState<Origin | undefined>(undefined);
  useEffect(() => {
    analyst.ask("origin", { name, file }).then(setOrigin, () => {});
  }, [name, file]);
  useEffect(() => {
    menu.current?.querySelector<HTMLElement>("a, button")?.focus();
    const outside = (event: PointerEvent): void => {
      if (menu.current !== null && !event.composedPath().includes(menu.current)) close();
    };
    addEventListener("pointerdown", outside, true);
    return () => removeEventListener("pointerdown", outside, true);
  }, [close]);
  useLayoutEffect(() => {
    putAt(menu.current!, at.x, at.y);
  }, [at, origin]);
  const items = itemsOf({ name, file, line, ...(stack && { stack }), ...(seenAt && { seenAt }) }, origin, session);
  const opens = items.some((item) => item.href !== undefined);
  const { title: editorTitle } = editor.editor.value;
  const visit = (change: Change) => (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    close();
    nav.go(change);
  };
  const move = (event: KeyboardEvent): void => {
    if (event.key === "Escape") close();
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const all = [...(menu.current?.querySelectorAll<HTMLElement>("a, button") ?? [])];
    const next = all.findIndex((item) => item.matches(":focus")) + (event.key === "ArrowDown" ? 1 : -1);
    all[(next + all.length) % all.length]?.focus();
  };
  return (
    <div class="menu frame-menu" role="menu" tabIndex={-1} ref={menu} onKeyDown={move}>
      <div class="menu-title">{plainText(name).slice(0, 200)}</div>
      {items.map((item) => (
        <MenuItem key={item.title} item={item} visit={visit} close={close} />
      ))}
      {opens && (
        <div class="menu-editor" role="none">
          {EDITORS.map(({ name, title }) => (
            <button
              key={name}
              type="button"
              role="menuitemradio"
              aria-checked={title === editorTitle}
              onClick={() => editor.choose(name)}
            >
              {title}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

/** What can be done with a frame, once it is known where it comes from, too. */
function itemsOf(
  { name, file, line = 0, stack, seenAt }: MenuFrame,
  origin: Origin | undefined,
  { nav, editor }: Session,
): readonly Item[] {
  const { query } = nav.place.value;
  const place = origin?.place || (origin?.file ?? file);
  const opens = /^(\/|[A-Za-z]:[\\/]|file:\/\/)/.test(place);
  const { title: editorTitle, address } = editor.editor.value;
  const items: readonly (Item | undefined)[] = [
    { title: "Pivot", help: "its callers above, its callees below", change: pivotOn(name) },
    {
      title: "Show source",
      help: "its lines, each with what it costs",
      change: { page: "source", set: { f: exactly(name) } },
    },
    {
      title: "Callers and callees",
      help: "as text, with what each call is worth",
      change: { page: "peek", set: { f: exactly(name) } },
    },
    ...REFINE_ITEMS.map((row) => ({ title: row.title, help: row.help, change: { set: refined(row, query, name) } })),
    origin && {
      title: "Fold this package",
      help: `${plainText(origin.package) || "it has no name"}: calls within it are one frame`,
      change: { set: refined(FOLD, query, origin.package) },
    },
    {
      title: query.recursion === "1" ? "Unfold recursion" : "Fold recursion",
      help: "functions that call themselves are one frame",
      change: { set: { recursion: query.recursion === "1" ? "" : "1" } },
    },
    { title: "Copy the name", help: "as the profile has it", copies: name },
    stack && { title: "Copy the stack", help: "a line a frame, the outermost first", copies: stack.join("\n") },
    {
      title: "Copy a link",
      help: "to this page, as it is, with this in view",
      copies: new URL(nav.addressOf(seenAt ?? pivotOn(name)), location.href).href,
    },
    (origin?.file ?? file) !== ""
      ? { title: "Copy the file", help: plainText(origin?.file ?? file), copies: place }
      : undefined,
    opens
      ? {
          title: `Open in ${editorTitle}`,
          help: line || origin?.line ? `at line ${line || origin?.line}` : "its file",
          href: address(place.replace(/^file:\/\//, ""), line || origin?.line || 0),
        }
      : undefined,
  ];
  return items.filter((item) => item !== undefined);
}

interface ItemProps {
  readonly item: Item;
  readonly visit: (change: Change) => (event: MouseEvent) => void;
  readonly close: () => void;
}

function MenuItem({ item: { title, help, change, href, copies }, visit, close }: ItemProps): VNode {
  const { nav } = useSession();
  const text = (
    <>
      {title} <small>{help}</small>
    </>
  );
  if (change !== undefined)
    return (
      <a role="menuitem" href={nav.addressOf(change)} onClick={visit(change)}>
        {text}
      </a>
    );
  if (href !== undefined)
    return (
      <a role="menuitem" href={href} onClick={close}>
        {text}
      </a>
    );
  return (
    <button type="button" role="menuitem" onClick={() => void copy(copies ?? "").finally(close)}>
      {text}
    </button>
  );
}
