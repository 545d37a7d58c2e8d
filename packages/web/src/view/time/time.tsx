import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { TimePicture } from "../../session/protocol.ts";
import { useSession } from "../../session/session.ts";
import { plainText } from "../../widget/plain-text.ts";
import { LongTable } from "../../widget/table/long-table.tsx";
import { valueText } from "../../widget/values.ts";
import { Flame } from "../flame/flame.tsx";
import { HeatMapView } from "./heat-map.tsx";
import { LoadLine } from "./load-line.tsx";
import { timeRangeText } from "./time-range.ts";

/** The heat map's columns as a table. */
function SecondsTable({ heat, begin, unit }: Pick<TimePicture, "heat" | "begin"> & Units): VNode {
  const { columns, rows, step, values } = heat;
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="seconds" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary class="button">Seconds as a table</summary>
      {isOpen && (
        <LongTable
          caption={`${columns.toLocaleString("en")} parts of ${step / 1e9} s`}
          columns={[{ title: "From" }, { title: "Value" }]}
          count={columns}
          cells={(column) => [
            `${((begin + column * step) / 1e9).toFixed(2)}s`,
            valueText(
              values.subarray(column * rows, (column + 1) * rows).reduce((sum, value) => sum + value, 0),
              { ...unit, total: 0 },
            ),
          ]}
        />
      )}
    </details>
  );
}

interface Units {
  readonly unit: TimePicture["heatUnit"];
}

/** Stacks in the order of time, below what each moment was worth. */
export function TimePage(): VNode {
  const { nav } = useSession();
  return (
    <Flame question="time">
      {(picture, canvases) => {
        const { begin, load, heat, heatUnit, threads, thread, total } = picture as TimePicture;
        const keep = (from: number, to: number): void =>
          nav.go({ set: { time: timeRangeText({ from: begin + from, to: begin + to }) } });
        return (
          <div class="time-over">
            <LoadLine load={load} length={total} begin={begin} keep={keep} />
            <HeatMapView heat={heat} begin={begin} length={total} unit={heatUnit} keep={keep} />
            <div class="tools">
              {threads.length > 1 && (
                <label class="choice">
                  Thread
                  <select value={thread} onChange={(event) => nav.go({ set: { thread: event.currentTarget.value } })}>
                    {threads.map(({ name, value }) => (
                      <option key={name} value={name}>
                        {plainText(name) || "<unknown>"} {valueText(value, { ...heatUnit, total: 0 })}
                      </option>
                    ))}
                  </select>
                </label>
              )}
              <span class="hint">Drag over a part of either picture to keep to it on every page</span>
              <SecondsTable heat={heat} begin={begin} unit={heatUnit} />
              <span class="space" />
              <button
                type="button"
                title="Every page then shows this part of the time alone"
                onClick={() => {
                  const view = canvases.current[0]?.viewport;
                  if (view !== undefined) keep(view.left, view.right);
                }}
              >
                Keep what is in view
              </button>
            </div>
          </div>
        );
      }}
    </Flame>
  );
}
