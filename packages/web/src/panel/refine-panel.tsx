import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { deleteConfig, isCurrent, saveConfig } from "../session/configs.ts";
import { CHOICES, REFINES, reset } from "../session/refine.ts";
import { useSession } from "../session/session.ts";
import { plainText } from "../widget/plain-text.ts";

/** All filters as a form; what is typed counts at Enter, or when the field is left. */
export function RefinePanel({ close }: { readonly close: () => void }): VNode {
  const { nav, summary } = useSession();
  const { query } = nav.place.value;
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector("input")?.focus(), []);
  const set = (key: string, value: string): void => {
    if ((query[key] ?? "") !== value) nav.go({ set: { [key]: value } });
  };
  return (
    <form
      class="refine"
      ref={form}
      onSubmit={(event) => {
        event.preventDefault();
        (document.activeElement as HTMLElement | null)?.blur();
      }}
      onKeyDown={(event) => event.key === "Escape" && close()}
    >
      {REFINES.map(({ key, title, help, example, ofLabels }) => (
        <label key={key} title={help}>
          <span>{title}</span>
          <input
            value={query[key] ?? ""}
            placeholder={example}
            list={ofLabels ? "label-keys" : undefined}
            spellcheck={false}
            onChange={(event) => set(key, event.currentTarget.value)}
          />
        </label>
      ))}
      {CHOICES.map(({ key, title, values }) => (
        <label key={key}>
          <span>{title}</span>
          <select value={query[key] ?? ""} onChange={(event) => set(key, event.currentTarget.value)}>
            {values.map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
        </label>
      ))}
      <datalist id="label-keys">
        {summary.value?.labels.map((key) => (
          <option key={key} value={key} />
        ))}
      </datalist>
      <Configs />
      <button type="button" class="icon" aria-label="Close" title="Close (Esc)" onClick={close}>
        ✕
      </button>
    </form>
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
