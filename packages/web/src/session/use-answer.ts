import { useLayoutEffect, useState } from "preact/hooks";
import type { Questions } from "./protocol.ts";
import { SERVER_GONE } from "./server-gone.ts";
import { useSession } from "./session.ts";
import type { TraceQuestions } from "./trace-protocol.ts";

export interface Answer<T> {
  readonly value: T | undefined;
  readonly error: string;
  readonly isBusy: boolean;
}

/**
 * Asks the analysis whenever the argument or the profile changes; the last answer stays until the next one is there.
 * While a profile is being read the question waits for it where it will be answered.
 */
export function useAnswer<N extends keyof Questions>(
  name: N,
  argument: Parameters<Questions[N]>[0],
): Answer<ReturnType<Questions[N]>> {
  const { analyst, opened } = useSession();
  return useAsked(name, argument, opened.value, () => analyst.ask(name, argument));
}

/** As `useAnswer`, of the trace that is open. */
export function useTraceAnswer<N extends keyof TraceQuestions>(
  name: N,
  argument: Parameters<TraceQuestions[N]>[0],
): Answer<ReturnType<TraceQuestions[N]>> {
  const { tracer, trace } = useSession();
  return useAsked(name, argument, trace.value ?? 0, () => tracer().ask(name, argument));
}

/** `opened`: changes with what is asked about; 0: there is nothing. */
function useAsked<T>(name: string, argument: unknown, opened: unknown, ask: () => Promise<T>): Answer<T> {
  const { isServerGone } = useSession();
  const [answer, setAnswer] = useState<Answer<T>>({ value: undefined, error: "", isBusy: true });
  const key = JSON.stringify(argument);
  // Before anything is painted: an effect that waits for that asks a frame later.
  useLayoutEffect(() => {
    if (opened === 0) return;
    let isLatest = true;
    setAnswer((last) => ({ ...last, isBusy: true }));
    ask().then(
      (value) => isLatest && setAnswer({ value, error: "", isBusy: false }),
      ({ message }: Error) => {
        if (message === SERVER_GONE) isServerGone.value = true;
        if (isLatest) setAnswer({ value: undefined, error: message, isBusy: false });
      },
    );
    return () => {
      isLatest = false;
    };
  }, [name, key, opened]);
  return answer;
}
