import type { VNode } from "preact";
import { useRef, useState } from "preact/hooks";
import { exactly } from "../../session/address/exact-name.ts";
import type { ShownListing } from "../../session/protocol.ts";
import { asked, useSession } from "../../session/session.ts";
import { useAnswer } from "../../session/use-answer.ts";
import { plainText } from "../../widget/plain-text.ts";
import { useTextSearch } from "../../widget/search/text-search.ts";
import { Heads } from "../../widget/table/heads.tsx";
import { More } from "../../widget/table/more.tsx";
import type { Values } from "../../widget/values.ts";
import { lineCells, listingCells } from "./cells.ts";
import { Assembly } from "./disasm.tsx";
import { heat, largestOf } from "./heat.ts";

/** The source lines of the functions that `f` matches, or of the most expensive ones, with what each line costs. */
export function SourcePage(): VNode {
  const { nav, warnings } = useSession();
  const { value, error, isBusy } = useAnswer("source", asked(nav.place.value.query));
  warnings.value = value?.warnings ?? [];
  const section = useRef<HTMLElement>(null);
  useTextSearch(section, value);
  // What can be read comes first: Node's own modules are in no file.
  const shown =
    value?.listings.toSorted(
      (a, b) => Number(b.lines.length > 0) - Number(a.lines.length > 0) || Math.abs(b.flat) - Math.abs(a.flat),
    ) ?? [];
  return (
    <section class="page" aria-busy={isBusy} ref={section}>
      {error && <p class="problem">{error}</p>}
      {value?.readsFiles === false && (
        <p class="hint">
          The tool reads sources from disk, and this profile is open without it: pprof -http=: PROFILE shows them, and
          pprof -html=page.html -with_sources PROFILE puts them into a page.
        </p>
      )}
      {value &&
        shown.map((listing) => (
          <FunctionSource
            key={`${listing.function} ${listing.file}`}
            listing={value.readsFiles ? listing : { ...listing, error: "" }}
            values={value}
          />
        ))}
      {value && <More count={value.more} where="a search for their names, as f of the address, shows them" />}
    </section>
  );
}

function FunctionSource({ listing, values }: { readonly listing: ShownListing; readonly values: Values }): VNode {
  const { nav, summary } = useSession();
  const largest = largestOf(listing.lines);
  const [flat, cum, share] = listingCells(listing, values);
  return (
    <article class="listing">
      <h2>
        <span>{plainText(listing.function).slice(0, 2000)}</span>
        <small>
          {flat} itself, {cum} ({share}) in all
        </small>
        <code>{plainText(listing.file)}</code>
        {summary.value?.hasCode && nav.isServed && (
          <a href={nav.addressOf({ page: "disasm", set: { f: ofSymbol(listing.function) } })}>assembly page</a>
        )}
      </h2>
      {listing.file === "" && <p class="hint">The profile does not say where it is.</p>}
      {listing.error && <p class="hint one-line">{plainText(listing.error)}</p>}
      {listing.error && listing.looked.length > 0 && (
        <details class="looked">
          <summary>Looked for in {listing.looked.length} places</summary>
          {listing.looked.map((place) => (
            <code key={place} class="one-line">
              {plainText(place)}
            </code>
          ))}
        </details>
      )}
      {listing.changed !== undefined && (
        <p class="warning">
          The file was changed after the profile was taken, at {new Date(listing.changed).toLocaleString()}: lines may
          be other ones than those that ran.
        </p>
      )}
      {listing.lines.length > 0 && (
        <table class="lines">
          <Heads heads={[["Flat"], ["Cum"], ["Line", "number"], ["Source", "code"]]} />
          <tbody>
            {listing.lines.map((line) => (
              <tr key={line.number} class={heat(line.cum, largest)}>
                {lineCells(line, values).map((cell, i) => (
                  <td key={i === 0 ? "flat" : "cum"}>{cell}</td>
                ))}
                <td class="number">{line.number}</td>
                <td class="code">{line.text.replace(/[\u202a-\u202e\u2066-\u2069]/g, "\ufffd")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {summary.value?.hasCode && nav.isServed && <FunctionAssembly name={listing.function} />}
    </article>
  );
}

/** A function's instructions, read when they are asked for. */
function FunctionAssembly({ name }: { readonly name: string }): VNode {
  const { nav } = useSession();
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="assembly-of" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary class="button">Assembly</summary>
      {isOpen && <Assembly query={{ ...nav.place.value.query, f: ofSymbol(name) }} />}
    </details>
  );
}

/** Matches this name as that of a symbol, and as a word of an instruction's name such as `40f2a0 main.work main.go:12`. */
function ofSymbol(name: string): string {
  return exactly(name).replace(/^\^(.*)\$$/s, "(^| )$1( |$$)");
}
