import { useMemo } from "preact/hooks";
import type { Selected } from "../../session/address/trace-place.ts";
import { useTraceAnswer } from "../../session/use-answer.ts";
import type { Mark } from "./drawing/trace-marks.ts";

/** So many arrows are drawn: more of them hide what they are about. */
const MOST = 300;

/** What is drawn in front of the rows for what is selected: who woke it, what was done for its sake, whom it delayed. */
export function useTraceMarks(selected: Selected | undefined): readonly Mark[] {
  const id = selected !== undefined && "goroutine" in selected ? selected.goroutine : 0;
  const story = useTraceAnswer("story", { id }).value;
  const turn = selected !== undefined && "lane" in selected ? selected : { lane: -1, time: 0 };
  const victims = useTraceAnswer("victims", { lane: turn.lane, time: turn.time }).value;
  return useMemo((): readonly Mark[] => {
    if (story !== undefined && story.id === id) {
      const woken = story.steps.flatMap(({ from, wakerId }): Mark[] =>
        wakerId === 0 ? [] : [{ kind: "arrow", time: from, from: wakerId, to: id }],
      );
      const parts = story.parts.flatMap((part): Mark[] => [
        { kind: "arrow", time: part.from, from: id, to: part.id },
        { kind: "arrow", time: part.to, from: part.id, to: id },
      ]);
      const whole =
        story.whole === undefined ? [] : [{ kind: "arrow", time: story.from, from: story.whole.id, to: id } as const];
      return [...whole, ...parts, ...woken].slice(0, MOST);
    }
    if (victims?.turn === undefined || turn.lane < 0) return [];
    const { lane, from, to } = victims.turn;
    const delayed = victims.ready.map(({ id, from, to }): Mark => ({ kind: "span", id, from, to }));
    return [{ kind: "outline", lane, from, to }, ...delayed];
  }, [story, victims, id, turn.lane, turn.time]);
}
