import type { FunctionComponent, VNode } from "preact";
import { useEffect, useState } from "preact/hooks";

/** A part of pages that is loaded when it is first shown. */
export function loadedLater<M>(load: () => Promise<M>, part: (loaded: M) => FunctionComponent): FunctionComponent {
  let Loaded: FunctionComponent | undefined;
  return function Later(): VNode | null {
    const [, setLoaded] = useState(Loaded);
    const [problem, setProblem] = useState("");
    useEffect(() => {
      if (Loaded !== undefined) return;
      load().then(
        (module) => {
          Loaded = part(module);
          setLoaded(() => Loaded);
        },
        ({ message }: Error) => setProblem(message),
      );
    }, []);
    if (problem !== "") return <p class="problem">{problem}</p>;
    return Loaded === undefined ? null : <Loaded />;
  };
}
