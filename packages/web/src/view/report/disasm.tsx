import type { VNode } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Query } from "../../session/address/state.ts";
import type { ShownSymbol } from "../../session/protocol.ts";
import { asked, useSession } from "../../session/session.ts";
import { useAnswer } from "../../session/use-answer.ts";
import { plainText } from "../../widget/plain-text.ts";
import { useTextSearch } from "../../widget/search/text-search.ts";
import { Heads } from "../../widget/table/heads.tsx";
import type { Values } from "../../widget/values.ts";
import { lineCells, listingCells } from "./cells.ts";
import { heat, largestOf } from "./heat.ts";

/** The instructions of the symbols that the address asks for. */
export function DisasmPage(): VNode {
  const { nav } = useSession();
  const section = useRef<HTMLElement>(null);
  const [symbols, setSymbols] = useState<unknown>(undefined);
  useTextSearch(section, symbols);
  return (
    <section class="page" ref={section}>
      <Assembly query={nav.place.value.query} told={setSymbols} />
    </section>
  );
}

/** The instructions of the symbols that `f` matches, or of the most expensive ones, with what each costs. */
export function Assembly({ query, told }: { readonly query: Query; readonly told?: (shown: unknown) => void }): VNode {
  const { warnings } = useSession();
  const { value, error, isBusy } = useAnswer("disasm", asked(query));
  useLayoutEffect(() => told?.(value), [value]);
  if (value) warnings.value = value.warnings;
  return (
    <div aria-busy={isBusy}>
      {isBusy && value === undefined && <p class="hint">Reading the binaries…</p>}
      {error && <p class="problem">{error}</p>}
      {value?.symbols.map((symbol) => (
        <SymbolCode key={symbol.names[0]} symbol={symbol} values={value} />
      ))}
    </div>
  );
}

function SymbolCode({ symbol, values }: { readonly symbol: ShownSymbol; readonly values: Values }): VNode {
  const { names, instructions } = symbol;
  const [flat, cum, share] = listingCells(symbol, values);
  const largest = largestOf(instructions);
  let before = "";
  return (
    <article class="listing">
      <h2>
        <span>{plainText(names.join(", ")).slice(0, 2000)}</span>
        <small>
          {flat} itself, {cum} ({share}) in all
        </small>
      </h2>
      <table class="lines assembly">
        <Heads heads={[["Flat"], ["Cum"], ["Address", "number"], ["Instruction", "code"], ["Place", "place"]]} />
        <tbody>
          {instructions.map((instruction) => {
            const place = placeOf(instruction);
            const shown = place === before ? "" : place;
            before = place;
            return (
              <tr key={instruction.address} class={heat(instruction.cum, largest)}>
                {lineCells(instruction, values).map((cell, i) => (
                  <td key={i === 0 ? "flat" : "cum"}>{cell}</td>
                ))}
                <td class="number">{instruction.address}</td>
                <td class="code">{plainText(instruction.text.replaceAll("\t", " "))}</td>
                <td class="place" title={place}>
                  {shown}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </article>
  );
}

function placeOf({ file, line }: ShownSymbol["instructions"][number]): string {
  return file === "" ? "" : plainText(line === 0 ? file : `${file}:${line}`);
}
