import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { exactly } from "../session/exact-name.ts";
import { pivotOn, REFINES, refined } from "../session/refine.ts";
import { useSession } from "../session/session.ts";
import type { Change } from "../session/state.ts";
import { plainText } from "./plain-text.ts";

export interface MenuPoint {
  readonly x: number;
  readonly y: number;
}

interface Props {
  readonly at: MenuPoint;
  readonly name: string;
  readonly file: string;
  readonly close: () => void;
}

/** What can be done with a frame: the menu of a right click. */
export function FrameMenu({ at, name, file, close }: Props): VNode {
  const { nav } = useSession();
  const menu = useRef<HTMLDivElement>(null);
  useEffect(() => {
    menu.current?.querySelector<HTMLElement>("a, button")?.focus();
    const outside = (event: PointerEvent): void => {
      if (!menu.current?.contains(event.target as Node)) close();
    };
    addEventListener("pointerdown", outside, true);
    return () => removeEventListener("pointerdown", outside, true);
  }, [close]);
  const { query } = nav.place.value;
  const places: readonly (readonly [string, Change])[] = [
    ["Pivot: its callers and callees", pivotOn(name)],
    ["Show source", { page: "source", set: { f: exactly(name) } }],
    ["Show callers and callees as text", { page: "peek", set: { f: exactly(name) } }],
    ...REFINES.filter((row) => row.ofFrame).map((row): readonly [string, Change] => [
      row.title,
      { set: refined(row, query, name) },
    ]),
  ];
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
    const items = [...(menu.current?.querySelectorAll<HTMLElement>("a, button") ?? [])];
    const next = items.indexOf(document.activeElement as HTMLElement) + (event.key === "ArrowDown" ? 1 : -1);
    items[(next + items.length) % items.length]?.focus();
  };
  return (
    <div
      class="menu frame-menu"
      role="menu"
      tabIndex={-1}
      ref={menu}
      onKeyDown={move}
      style={{
        left: `${Math.min(at.x, innerWidth - 270)}px`,
        top: `${Math.max(0, Math.min(at.y, innerHeight - 340))}px`,
      }}
    >
      <div class="menu-title">{plainText(name).slice(0, 200)}</div>
      {places.map(([title, change]) => (
        <a key={title} role="menuitem" href={nav.addressOf(change)} onClick={visit(change)}>
          {title}
        </a>
      ))}
      <button type="button" role="menuitem" onClick={() => void navigator.clipboard?.writeText(name).finally(close)}>
        Copy name
      </button>
      {file && (
        <button type="button" role="menuitem" onClick={() => void navigator.clipboard?.writeText(file).finally(close)}>
          Copy file
        </button>
      )}
    </div>
  );
}
