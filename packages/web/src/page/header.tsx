import type { Signal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { problemOf } from "../session/address/expression.ts";
import type { Change, Query } from "../session/address/state.ts";
import { isTracePage } from "../session/address/trace-place.ts";
import { IN_PAGE } from "../session/open-profile.ts";
import type { Summary } from "../session/protocol.ts";
import { shownType, typeKey, typeTitle } from "../session/sample-type.ts";
import { useSession } from "../session/session.ts";
import type { TraceOpened } from "../session/trace-protocol.ts";
import { useAnswer } from "../session/use-answer.ts";
import { durationText } from "../view/trace/pieces/time-text.ts";
import { MoreTools } from "../widget/more-tools.tsx";
import { plainText } from "../widget/plain-text.ts";
import { valueText } from "../widget/values.ts";
import { PAGES, type PageRow } from "./pages.ts";

interface Props {
  readonly isRefining: Signal<boolean>;
  readonly isRecording: Signal<boolean>;
  readonly showHelp: () => void;
}

/** Pages, the sample type, what refines, the search and the look of it all. */
export function Header({ isRefining, isRecording, showHelp }: Props): VNode {
  const { nav, settings, summary, theme, trace } = useSession();
  const { page, query } = nav.place.value;
  const profile = summary.value;
  const opened = trace.value;
  const isOfTrace = opened !== undefined && isTracePage(page);
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
        {PAGES.filter((row) => isThere(row, profile, opened !== undefined)).map(({ name, title, key }) => {
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
      <Choices />
      <SearchBox />
      <MoreTools isOpen={isOpen} setOpen={setOpen} />
      {!isOfTrace && (
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
      )}
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
          title={opened === undefined ? "The profile as a file" : "The trace as a file"}
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

/** Which profile of a trace is shown, and which sample type of a profile. */
function Choices(): VNode | null {
  const { nav, summary, trace } = useSession();
  const { page, query } = nav.place.value;
  const opened = trace.value;
  const profile = summary.value;
  if (opened !== undefined && isTracePage(page)) return null;
  return (
    <>
      {opened !== undefined && (
        <select
          aria-label="Profile of the trace"
          title="Profile of the trace"
          value={query.of || opened.derived[0]}
          onChange={(event) => nav.go({ set: { of: event.currentTarget.value, si: "" } })}
        >
          {opened.derived.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      )}
      {profile && profile.sampleTypes.length > 1 && (
        <select
          aria-label="Sample type"
          title="Sample type"
          value={typeKey(profile.sampleTypes, shownType(profile, query.si))}
          onChange={(event) => nav.go({ set: { si: event.currentTarget.value } })}
        >
          {profile.sampleTypes.map((shown, row) => (
            <option key={typeKey(profile.sampleTypes, row)} value={typeKey(profile.sampleTypes, row)}>
              {typeTitle(profile.sampleTypes, row)}: {totalText(shown, query)}
            </option>
          ))}
        </select>
      )}
    </>
  );
}

/** Whether a page is among the tabs. */
function isThere(row: PageRow, profile: Summary | undefined, isTrace: boolean): boolean {
  const { isOfTrace, isOfProfilesAlone, suits } = row;
  if (isOfTrace) return isTrace;
  if (isOfProfilesAlone && isTrace) return false;
  return suits === undefined || (profile !== undefined && suits(profile));
}

/** What is open; the rest that a profile says of itself is its hint, and in the sheet that it opens. */
function About({ show }: { readonly show: () => void }): VNode {
  const { trace } = useSession();
  return trace.value === undefined ? <AboutProfile show={show} /> : <AboutTrace opened={trace.value} />;
}

function AboutTrace({ opened }: { readonly opened: TraceOpened }): VNode {
  const { home, nav } = useSession();
  const { name, durationNanos, events, goroutines, tasks, notes } = opened;
  const count = (number: number, what: string): string => `${number.toLocaleString("en")} ${what}`;
  useEffect(() => {
    if (home.isOwn) document.title = `${name} · trace · pprof`;
  }, [name]);
  return (
    <>
      <span class="logo" title={[name, ...notes].map(plainText).join("\n")}>
        {plainText(name)}
      </span>
      <small class="about" hidden={!isTracePage(nav.place.value.page)}>
        {[
          durationText(durationNanos),
          tasks > 0 ? count(tasks, "tasks") : count(goroutines, "goroutines"),
          count(events, "events"),
        ].join(" · ")}
      </small>
    </>
  );
}

function AboutProfile({ show }: { readonly show: () => void }): VNode {
  const { home, nav, summary } = useSession();
  const legend = useAnswer("legend", undefined).value?.map(plainText) ?? [];
  const said = (title: string): string | undefined =>
    legend.find((line) => line.startsWith(`${title}: `))?.slice(title.length + 2);
  const profile = summary.value;
  // Many formats do not say which program it was: then it is the file, unless that has no name either.
  const named = profile?.fresh.find((name) => name !== IN_PAGE);
  const file = said("File") ?? named;
  const { si } = nav.place.value.query;
  const row = profile && shownType(profile, si);
  const shown = row === undefined ? undefined : profile?.sampleTypes[row];
  const type = row === undefined ? undefined : profile && typeTitle(profile.sampleTypes, row);
  const time = said("Time");
  // The name that was given to the page itself, as that of a file that was chosen, stays.
  const given = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (!home.isOwn || (document.title !== given.current && document.title !== "pprof")) return;
    given.current = [file, type, time, "pprof"].filter(Boolean).join(" · ");
    document.title = given.current;
  }, [file, type, time]);
  const total = shown && totalText(shown, nav.place.value.query);
  const about = shown && [`${type} ${total}`, time, said("Duration")?.split(",", 1)[0]].filter(Boolean).join(" · ");
  return (
    <>
      <button
        type="button"
        class="logo"
        title={legend.join("\n")}
        disabled={summary.value === undefined}
        onClick={show}
      >
        {file === undefined ? "pprof" : plainText(file)}
      </button>
      <small class="about">{about}</small>
    </>
  );
}

/** What there is of a type in all that pages show. */
function totalText({ unit, total, besideHeap }: Summary["sampleTypes"][number], { mem }: Query): string {
  return valueText(mem === "all" ? total : total - besideHeap, { unit, shownUnit: "auto", divideBy: 1, total });
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
