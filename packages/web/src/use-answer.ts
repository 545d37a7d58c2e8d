import { useEffect, useState } from "preact/hooks";
import type { Questions } from "./protocol.ts";
import { useSession } from "./session.ts";

export interface Answer<T> {
  readonly value: T | undefined;
  readonly error: string;
  readonly isBusy: boolean;
}

/** Asks the analysis whenever the argument changes; the last answer stays until the next one is there. */
export function useAnswer<N extends keyof Questions>(
  name: N,
  argument: Parameters<Questions[N]>[0],
): Answer<ReturnType<Questions[N]>> {
  const { analyst, summary } = useSession();
  const [answer, setAnswer] = useState<Answer<ReturnType<Questions[N]>>>({ value: undefined, error: "", isBusy: true });
  const key = JSON.stringify(argument);
  const profile = summary.value;
  useEffect(() => {
    if (profile === undefined) return;
    let isLatest = true;
    setAnswer((last) => ({ ...last, isBusy: true }));
    analyst.ask(name, argument).then(
      (value) => isLatest && setAnswer({ value, error: "", isBusy: false }),
      (error: Error) => isLatest && setAnswer({ value: undefined, error: error.message, isBusy: false }),
    );
    return () => {
      isLatest = false;
    };
  }, [name, key, profile]);
  return answer;
}
