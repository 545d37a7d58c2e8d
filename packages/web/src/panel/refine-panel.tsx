import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { CHOICES, OWN_CHOICES, REFINES, type RefineRow, reset } from "../session/address/refine.ts";
import { deleteConfig, isCurrent, saveConfig } from "../session/configs.ts";
import { useSession } from "../session/session.ts";
import { CompletedInput } from "../widget/completed-input.tsx";
import { plainText } from "../widget/plain-text.ts";

const FIRST = REFINES.filter(({ isFirst }) => isFirst);
const OTHERS = REFINES.filter(({ isFirst }) => !isFirst);
const ALL_CHOICES = [...OWN_CHOICES, ...CHOICES];
/** The keys of what stands behind "more". */
const MORE: readonly string[] = [...OTHERS, ...ALL_CHOICES].map(({ key }) => key);

/** All filters as a form, the usual ones first; what is typed counts at Enter, or when the field is left. */
export function RefinePanel({ close }: { readonly close: () => void }): VNode {
  const { nav } = useSession();
  const { query } = nav.place.value;
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector("input")?.focus(), []);
  const [isMore, setMore] = useState(() => MORE.some((key) => query[key]));
  return (
    <form
      class={isMore ? "refine all" : "refine"}
      ref={form}
      onSubmit={(event) => {
        event.preventDefault();
        form.current?.querySelector<HTMLElement>(":focus")?.blur();
      }}
      onKeyDown={(event) => event.key === "Escape" && close()}
    >
      {FIRST.map((row) => (
        <Field key={row.key} row={row} />
      ))}
      {isMore && OTHERS.map((row) => <Field key={row.key} row={row} />)}
      {isMore && ALL_CHOICES.map((row) => <Choice key={row.key} row={row} />)}
      <button type="button" class="plain more" aria-expanded={isMore} onClick={() => setMore(!isMore)}>
        {isMore ? "Fewer" : "More: labels as frames, packages, granularity, units …"}
      </button>
      <Configs />
      <button type="button" class="icon" aria-label="Close" title="Close (Esc)" onClick={close}>
        ✕
      </button>
    </form>
  );
}

/** A field, with what it does below it. */
function Field({ row: { key, title, help, example, completes } }: { readonly row: RefineRow }): VNode {
  const { nav } = useSession();
  const { query } = nav.place.value;
  const helpId = `refine-${key}`;
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the field is in it
    <label>
      <span>{title}</span>
      <CompletedInput
        label={title}
        value={query[key] ?? ""}
        placeholder={example}
        completes={completes}
        describedBy={helpId}
        set={(value) => (query[key] ?? "") !== value && nav.go({ set: { [key]: value } })}
      />
      <small id={helpId}>{help}</small>
    </label>
  );
}

function Choice({ row: { key, title, help, values } }: { readonly row: (typeof ALL_CHOICES)[number] }): VNode {
  const { nav } = useSession();
  const helpId = `refine-${key}`;
  return (
    <label>
      <span>{title}</span>
      <select
        value={nav.place.value.query[key] ?? ""}
        aria-describedby={helpId}
        onChange={(event) => nav.go({ set: { [key]: event.currentTarget.value } })}
      >
        {values.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
      <small id={helpId}>{help}</small>
    </label>
  );
}

/** The saved configurations: chosen, deleted, and what is active saved as another one. */
function Configs(): VNode {
  const session = useSession();
  const { nav, settings } = session;
  const { query } = nav.place.value;
  const name = useRef<HTMLInputElement>(null);
  return (
    <fieldset class="configs">
      <legend>Saved</legend>
      <button type="button" onClick={() => reset(nav)}>
        Default
      </button>
      {settings.value?.configs.map((config) => (
        <span key={config.name}>
          <button type="button" aria-pressed={isCurrent(config, query)} onClick={() => nav.go({ set: config.query })}>
            {plainText(config.name)}
          </button>
          <button
            type="button"
            class="plain"
            aria-label={`Delete ${config.name}`}
            onClick={() => void deleteConfig(session, config.name)}
          >
            ✕
          </button>
        </span>
      ))}
      <input ref={name} class="config-name" placeholder="name" aria-label="Save what is active as" />
      <button type="button" onClick={() => name.current?.value && void saveConfig(session, name.current.value)}>
        Save as
      </button>
    </fieldset>
  );
}
