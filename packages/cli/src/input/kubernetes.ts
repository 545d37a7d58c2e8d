import { spawn } from "node:child_process";
import { ToolError } from "../error.ts";

/** `k8s:namespace/pod[:port]/heap`: a pod's profile, by the port that Go's and our servers use. */
const SOURCE = /^k8s:([a-z\d][a-z\d-]{0,62})\/([a-z\d][a-z\d.-]{0,252})(?::(\d{1,5}))?(\/.*)?$/;
const USUAL_PORT = "6060";
const FORWARDED = /^Forwarding from 127\.0\.0\.1:(\d+) ->/m;
/** Milliseconds within which kubectl must have found the pod. */
const PATIENCE = 30_000;
/** More than it says of a failure. */
const LONGEST_REASON = 4096;

/** A pod's port on this machine, until it is closed. */
export interface Forward {
  readonly url: string;
  readonly close: () => void;
}

/** Forwards a pod's port to one of this machine with `kubectl port-forward`, which knows the cluster and who asks. */
export async function forwardPod(source: string): Promise<Forward> {
  const match = SOURCE.exec(source);
  if (match === null) {
    throw new ToolError(
      "a pod is written as k8s:namespace/pod[:port]/heap, with /profile, /goroutine and so on for heap",
    );
  }
  const [, namespace = "", pod = "", port = USUAL_PORT, path = "/profile"] = match;
  const args = ["port-forward", "--address=127.0.0.1", `--namespace=${namespace}`, `pod/${pod}`, `:${port}`];
  const kubectl = spawn("kubectl", args, { stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
  const close = (): void => {
    kubectl.kill();
  };
  let said = "";
  let complained = "";
  const timer = setTimeout(close, PATIENCE);
  try {
    const local = await new Promise<string>((resolve, reject) => {
      kubectl.stdout.setEncoding("utf8").on("data", (part: string) => {
        said = (said + part).slice(-LONGEST_REASON);
        const found = FORWARDED.exec(said)?.[1];
        if (found !== undefined) resolve(found);
      });
      kubectl.stderr.setEncoding("utf8").on("data", (part: string) => {
        complained = (complained + part).slice(0, LONGEST_REASON);
      });
      kubectl.once("error", (error: NodeJS.ErrnoException) => {
        const why = error.code === "ENOENT" ? "it needs kubectl, which is not in the path" : error.message;
        reject(new ToolError(why));
      });
      kubectl.once("close", () => {
        const [reason = ""] = complained.trim().split("\n");
        reject(new ToolError(`kubectl port-forward: ${reason || `no answer within ${PATIENCE / 1000}s`}`));
      });
    });
    // A path that is whole is taken as it is.
    const place = path.startsWith("/debug/") ? path : `/debug/pprof${path}`;
    return { url: `http://127.0.0.1:${local}${place}`, close };
  } catch (error) {
    close();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
