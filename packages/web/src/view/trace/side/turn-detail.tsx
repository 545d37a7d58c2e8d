import type { TurnVictim } from "@pprof-ts/report";
import type { VNode } from "preact";
import { partText } from "../../../session/address/trace-place.ts";
import { useSession } from "../../../session/session.ts";
import type { TraceOpened } from "../../../session/trace-protocol.ts";
import { useTraceAnswer } from "../../../session/use-answer.ts";
import { plainText } from "../../../widget/plain-text.ts";
import { durationText } from "../pieces/time-text.ts";
import { Facts } from "./facts.tsx";

interface Props {
  readonly lane: number;
  readonly time: number;
  readonly opened: TraceOpened;
}

/** A time for which a lane was busy with one thing: what that was, and whom it delayed. */
export function TurnDetail({ lane, time, opened }: Props): VNode {
  const { nav } = useSession();
  const { value, isBusy } = useTraceAnswer("victims", { lane, time });
  if (value?.turn === undefined) return <p class="hint">{isBusy ? "" : "Nothing runs here: the lane sleeps."}</p>;
  const { turn, ready, perhaps } = value;
  const name = opened.lanes.find(({ row }) => row === lane)?.name ?? "";
  const keep = (): void => nav.go({ page: "flamegraph", set: { of: "cpu", only: "", part: partText(turn) } });
  return (
    <>
      <h2>{plainText(turn.name)}</h2>
      <Facts
        facts={[
          ["ran", durationText(turn.to - turn.from)],
          ["at", durationText(turn.from)],
          ["on", name],
          [
            "delayed",
            ready.length > 0 ? `${turn.delayed}, for ${durationText(turn.delayNanos)} in all` : "nobody that is known",
          ],
        ]}
      />
      <p class="trace-links">
        {opened.derived.includes("cpu") && (
          <button type="button" onClick={keep}>
            Flame graph of this time
          </button>
        )}{" "}
        <button type="button" onClick={() => nav.go({ set: { sel: `g:${turn.id}` } })}>
          The whole of {plainText(turn.name)}
        </button>
      </p>
      {turn.stack.length > 0 && (
        <section>
          <h3>Sampled there most</h3>
          <ol class="trace-stack">
            {turn.stack.map((frame, i) => (
              <li key={i}>{plainText(frame)}</li>
            ))}
          </ol>
        </section>
      )}
      <Victims title="Was ready, and waited for it" victims={ready} />
      <Victims
        title="Ran right after it"
        victims={perhaps}
        hint="What these waited for may have been there for so long at most: when an answer came is known no better than that it was between two looks of the loop."
      />
    </>
  );
}

function Victims(props: {
  readonly title: string;
  readonly victims: readonly TurnVictim[];
  readonly hint?: string;
}): VNode | null {
  const { nav } = useSession();
  const { title, victims, hint } = props;
  if (victims.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      {hint !== undefined && <p class="hint">{hint}</p>}
      <table class="trace-table">
        <tbody>
          {victims.map(({ id, name, nanos, from }) => (
            <tr key={`${id} ${from}`}>
              <td>{hint === undefined ? durationText(nanos) : `≤ ${durationText(nanos)}`}</td>
              <td class="name">
                <button type="button" class="plain" onClick={() => nav.go({ set: { sel: `g:${id}` } })}>
                  {plainText(name)}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
