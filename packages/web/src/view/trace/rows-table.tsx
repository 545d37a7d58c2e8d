import type { VNode } from "preact";
import { toGoroutine } from "../../session/address/trace-place.ts";
import { useSession } from "../../session/session.ts";
import type { TraceOpened, TraceRows } from "../../session/trace-protocol.ts";
import { plainText } from "../../widget/plain-text.ts";
import { LongTable } from "../../widget/table/long-table.tsx";
import { durationText } from "./pieces/time-text.ts";

interface Props {
  readonly opened: TraceOpened;
  readonly rows: TraceRows;
}

/** What the picture shows as a table: lanes, then the requests or goroutines in view. */
export function RowsTable({ opened, rows }: Props): VNode {
  const { lanes, durationNanos } = opened;
  const more = rows.more > 0 ? `, and ${rows.more.toLocaleString("en")} more` : "";
  return (
    <LongTable
      caption={`${lanes.length.toLocaleString("en")} ${lanes.length === 1 ? "lane" : "lanes"}, ${rows.row.length.toLocaleString("en")} rows in view${more}`}
      columns={[{ title: "Began" }, { title: "Lasted" }, { title: "Busy" }, { title: "Name", isName: true }]}
      count={lanes.length + rows.row.length}
      cells={(at) => {
        const lane = lanes[at];
        if (lane !== undefined) {
          const busy = `${((100 * lane.busyNanos) / Math.max(1, durationNanos)).toFixed(1)}%`;
          return ["", durationText(durationNanos), busy, plainText(lane.name)];
        }
        const row = at - lanes.length;
        const [from, to] = [rows.from[row]!, rows.to[row]!];
        return [
          durationText(from),
          durationText(to - from),
          "",
          <RowName key={row} id={rows.id[row]!} name={rows.labels[rows.label[row]!]!} from={from} to={to} />,
        ];
      }}
    />
  );
}

interface Named {
  readonly id: number;
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** Leads to a goroutine, where there is one. */
function RowName({ id, name, from, to }: Named): VNode {
  const { nav } = useSession();
  if (id === 0) return <>{plainText(name)}</>;
  return (
    <button type="button" class="plain" onClick={() => toGoroutine(nav, id, from, to)}>
      {plainText(name)}
    </button>
  );
}
