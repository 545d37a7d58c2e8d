import type { VNode } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Completes } from "../session/address/refine.ts";
import type { Completion } from "../session/protocol.ts";
import { asked, useSession } from "../session/session.ts";
import { plainText } from "./plain-text.ts";

interface Props {
  readonly label: string;
  readonly value: string;
  readonly placeholder: string;
  readonly completes: Completes;
  /** What describes the field, by its id. */
  readonly describedBy: string;
  /** What is typed counts at Enter, or when the field is left. */
  readonly set: (value: string) => void;
}

/** A field that offers what it may be completed to, the most expensive first. */
export function CompletedInput({ label, value, placeholder, completes, describedBy, set }: Props): VNode {
  const { nav, analyst } = useSession();
  const [offers, setOffers] = useState<readonly Completion[]>([]);
  const [active, setActive] = useState(-1);
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const input = useRef<HTMLInputElement>(null);
  const list = useId();
  const offer = (text: string): void => {
    setActive(-1);
    setTyped(text);
    analyst.ask("complete", { what: completes, text, query: asked(nav.place.value.query) }).then(
      (found) => input.current?.value === text && input.current.matches(":focus") && setOffers(found),
      // What is wrong with the address is said elsewhere.
      () => {},
    );
  };
  const close = (): void => {
    setOffers([]);
    setActive(-1);
  };
  const pick = (offered: Completion): void => {
    setTyped(offered.value);
    close();
    set(offered.value);
  };
  const move = (by: number): void => {
    if (offers.length > 0) setActive((active + by + offers.length + (active < 0 && by < 0 ? 1 : 0)) % offers.length);
    else offer(input.current!.value);
  };
  const pressed = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") move(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Enter" && offers[active] !== undefined) pick(offers[active]);
    else if (event.key === "Escape" && offers.length > 0) close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <span class="completed">
      <input
        ref={input}
        value={typed}
        placeholder={placeholder}
        spellcheck={false}
        autocomplete="off"
        role="combobox"
        aria-label={label}
        aria-expanded={offers.length > 0}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={active < 0 ? undefined : `${list}-${active}`}
        aria-describedby={describedBy}
        onInput={(event) => offer(event.currentTarget.value)}
        onKeyDown={pressed}
        onChange={(event) => set(event.currentTarget.value)}
        onBlur={close}
      />
      <div id={list} role="listbox" tabIndex={-1} hidden={offers.length === 0}>
        {offers.map((offered, i) => (
          <div
            key={offered.value}
            id={`${list}-${i}`}
            role="option"
            tabIndex={-1}
            aria-selected={i === active}
            // The field would be left before the click.
            onPointerDown={(event) => {
              event.preventDefault();
              pick(offered);
            }}
          >
            {plainText(offered.text).slice(0, 200)}
          </div>
        ))}
      </div>
    </span>
  );
}
