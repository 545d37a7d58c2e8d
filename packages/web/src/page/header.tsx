import type { Signal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useSession } from "../session/session.ts";
import type { Change } from "../session/state.ts";
import { useAnswer } from "../session/use-answer.ts";
import { MoreTools } from "../widget/more-tools.tsx";
import { plainText } from "../widget/plain-text.ts";
import { problemOf } from "../widget/search/expression.ts";
import { valueText } from "../widget/values.ts";
import { PAGES } from "./pages.ts";

interface Props {
  readonly isRefining: Signal<boolean>;
  readonly isRecording: Signal<boolean>;
  readonly showHelp: () => void;
}

/** Pages, the sample type, what refines, the search and the look of it all. */
export function Header({ isRefining, isRecording, showHelp }: Props): VNode {
  const { nav, settings, summary, theme } = useSession();
  const { page, query } = nav.place.value;
  const profile = summary.value;
  const [isOpen, setOpen] = useState(false);
  const visit = (change: Change) => (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    nav.go(change);
  };
  return (
    <header class={isOpen ? "header open" : "header"}>
      <About show={showHelp} />
      <nav class="tabs" aria-label="Pages">
        {PAGES.filter(({ suits }) => suits === undefined || (profile && suits(profile))).map(({ name, title, key }) => {
          const change = { page: name };
          return (
            <a
              key={name}
              href={nav.addressOf(change)}
              onClick={visit(change)}
              aria-current={name === page ? "page" : undefined}
              title={`${title} (g ${key})`}
            >
              {title}
            </a>
          );
        })}
      </nav>
      <span class="space" />
      {profile && profile.sampleTypes.length > 1 && (
        <select
          aria-label="Sample type"
          title="Sample type"
          value={query.si ?? profile.sampleTypes[profile.defaultType]!.type}
          onChange={(event) => nav.go({ set: { si: event.currentTarget.value } })}
        >
          {profile.sampleTypes.map(({ type, unit, total }) => (
            <option key={type} value={type}>
              {type}: {valueText(total, { unit, shownUnit: "auto", divideBy: 1, total })}
            </option>
          ))}
        </select>
      )}
      <SearchBox />
      <MoreTools isOpen={isOpen} setOpen={setOpen} />
      <button
        type="button"
        aria-expanded={isRefining.value}
        title="Focus, ignore, hide … (r)"
        onClick={() => {
          isRefining.value = !isRefining.value;
        }}
      >
        Refine
      </button>
      {settings.value !== undefined && settings.value.kinds.length > 0 && (
        <button
          type="button"
          aria-expanded={isRecording.value}
          title="Record the program again"
          onClick={() => {
            isRecording.value = !isRecording.value;
          }}
        >
          ● Record
        </button>
      )}
      {nav.isServed && (
        <a
          class="button"
          href={`./download${query.recording ? `?${new URLSearchParams({ recording: query.recording })}` : ""}`}
          download
          title="The profile as a file"
        >
          Download
        </a>
      )}
      <button
        type="button"
        class="icon"
        aria-label="Dark or light (d)"
        title="Dark or light (d)"
        onClick={theme.toggle}
      >
        {theme.theme.value === "dark" ? "☀" : "☾"}
      </button>
      <button type="button" class="icon" aria-label="Keys (?)" title="Keys (?)" onClick={showHelp}>
        ?
      </button>
    </header>
  );
}

/** What is open; the rest that a profile says of itself is its hint, and in the sheet that it opens. */
function About({ show }: { readonly show: () => void }): VNode {
  const { nav, summary } = useSession();
  const legend = useAnswer("legend", undefined).value?.map(plainText) ?? [];
  const said = (title: string): string | undefined =>
    legend.find((line) => line.startsWith(`${title}: `))?.slice(title.length + 2);
  const file = said("File");
  const profile = summary.value;
  const { si } = nav.place.value.query;
  const shown = profile?.sampleTypes.find(({ type }) => type === si) ?? profile?.sampleTypes[profile.defaultType];
  const time = said("Time");
  // The name that was given to the page itself, as that of a file that was chosen, stays.
  const named = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (document.title !== named.current && document.title !== "pprof") return;
    named.current = [file, shown?.type, time, "pprof"].filter(Boolean).join(" · ");
    document.title = named.current;
  }, [file, shown?.type, time]);
  const total = shown && valueText(shown.total, { ...shown, shownUnit: "auto", divideBy: 1 });
  const about =
    shown && [`${shown.type} ${total}`, time, said("Duration")?.split(",", 1)[0]].filter(Boolean).join(" · ");
  return (
    <>
      <button
        type="button"
        class="logo"
        title={legend.join("\n")}
        disabled={summary.value === undefined}
        onClick={show}
      >
        {file ?? "pprof"}
      </button>
      <small class="about">{about}</small>
    </>
  );
}

/** How long after the last letter a search begins, in milliseconds. */
const PAUSE = 150;

function SearchBox(): VNode {
  const { nav, search, searchProblem, found, goToMatch } = useSession();
  const timer = useRef(0);
  const keep = (pattern: string): void => {
    searchProblem.value = problemOf(pattern);
    search.value = pattern;
    nav.go({ set: { q: pattern } }, true);
  };
  const problem = searchProblem.value;
  return (
    <span class="search">
      <input
        id="search"
        type="search"
        aria-invalid={problem !== ""}
        aria-describedby="search-problem"
        placeholder="Search"
        aria-label="Search, a regular expression"
        title="Marks what matches; Enter goes to the next match, Shift and Enter to the one before; where there is none on a page, Enter makes it the subject of the page"
        value={nav.place.value.query.q ?? ""}
        onInput={(event) => {
          const pattern = event.currentTarget.value;
          clearTimeout(timer.current);
          timer.current = setTimeout(() => keep(pattern), PAUSE);
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            clearTimeout(timer.current);
            keep("");
            event.currentTarget.blur();
          } else if (event.key === "Enter") {
            clearTimeout(timer.current);
            const pattern = event.currentTarget.value;
            const step = goToMatch.value;
            if (step === undefined || (found.value?.count === 0 && pattern === search.value)) {
              search.value = "";
              nav.go({ set: { f: pattern, q: "" } });
              event.currentTarget.blur();
            } else if (pattern === search.value) step(event.shiftKey ? -1 : 1);
            else keep(pattern);
          }
        }}
      />
      {found.value && (
        <span class="search-found" role="status">
          {found.value.at >= 0 && `${(found.value.at + 1).toLocaleString("en")} of `}
          {found.value.count.toLocaleString("en")}
          <button
            type="button"
            aria-label="Previous match"
            title="Previous match (N)"
            onClick={() => goToMatch.value?.(-1)}
          >
            ↑
          </button>
          <button type="button" aria-label="Next match" title="Next match (n)" onClick={() => goToMatch.value?.(1)}>
            ↓
          </button>
        </span>
      )}
      <span id="search-problem" role="status">
        {problem || (found.value?.count === 0 ? "No match on this page: Enter looks for it in the whole profile" : "")}
      </span>
    </span>
  );
}
