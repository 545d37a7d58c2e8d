import { chmodSync, existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { directory, hotBytes, pprof, serve } from "./tool.ts";

// There is no cluster here: kubectl is a script that says what the real one says, of a server on this machine.
const onUnix = test.skipIf(process.platform === "win32");

onUnix("a pod is asked through kubectl port-forward, which ends with it", async () => {
  const asked: string[] = [];
  await using server = await serve((request, response) => {
    asked.push(request.url ?? "");
    response.end(hotBytes);
  });
  const script = `#!/bin/sh
echo "$@" > "$HOME/asked"
echo $$ > "$HOME/pid"
[ "$4" = pod/gone ] && { echo 'Error from server (NotFound): pods "gone" not found' >&2; exit 1; }
echo "Forwarding from 127.0.0.1:${server.port} -> 6060"
exec sleep 60
`;
  using made = directory({ kubectl: script });
  chmodSync(path.join(made.path, "kubectl"), 0o755);
  const env = { PATH: `${made.path}:${process.env.PATH}` };
  const run = (source: string) => pprof(["-top", source], { cwd: made.path, env });
  const heap = await run("k8s:shop/api-5d4f9:7070/heap");
  expect(heap.stdout).toContain("700ms 70.00% 70.00%      700ms 70.00%  hash");
  expect(readFileSync(path.join(made.path, "asked"), "utf8")).toBe(
    "port-forward --address=127.0.0.1 --namespace=shop pod/api-5d4f9 :7070\n",
  );
  if (existsSync("/proc")) {
    const pid = readFileSync(path.join(made.path, "pid"), "utf8").trim();
    await expect.poll(() => existsSync(`/proc/${pid}`)).toBe(false);
  }
  await run("k8s:shop/api");
  expect(asked).toEqual(["/debug/pprof/heap", "/debug/pprof/profile"]);
  const gone = await run("k8s:shop/gone/heap");
  expect(gone.stderr).toContain('kubectl port-forward: Error from server (NotFound): pods "gone" not found\n');
  for (const source of ["k8s:pod", "k8s:-n/pod/heap", "k8s:shop/--x/heap", "k8s:Shop/pod/heap"]) {
    expect((await run(source)).stderr).toContain("a pod is written as k8s:namespace/pod[:port]/heap");
  }
  const without = await pprof(["-top", "k8s:shop/api/heap"], { cwd: made.path, env: { PATH: "/nonexistent" } });
  expect(without.stderr).toContain("it needs kubectl, which is not in the path\n");
});
