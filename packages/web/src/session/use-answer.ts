import { useEffect, useState } from "preact/hooks";
import type { Questions } from "./protocol.ts";
import { useSession } from "./session.ts";

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
  const [answer, setAnswer] = useState<Answer<ReturnType<Questions[N]>>>({ value: undefined, error: "", isBusy: true });
  const key = JSON.stringify(argument);
  const profile = opened.value;
  useEffect(() => {
    if (profile === 0) return;
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
