import type { Profile } from "@pprof-ts/profile";
import { Refusal } from "../error.ts";
import { type Labels, SERVICE_LABEL } from "../store/labels.ts";

/**
 * Attributes of a resource that tell processes apart, and the labels that they become. Others, such as a command line, have other values
 * in each process or say nothing of it.
 */
const KEPT: Readonly<Record<string, string>> = {
  "service.name": SERVICE_LABEL,
  "service.namespace": "service_namespace",
  "service.version": "version",
  "service.instance.id": "instance",
  "deployment.environment": "environment",
  "deployment.environment.name": "environment",
  "host.name": "host",
  "container.id": "container_id",
  "container.name": "container",
  "process.executable.name": "executable",
  "process.pid": "pid",
};
const KUBERNETES = /^k8s\.[\w.]+\.name$/;

/** The labels of the process that a profile of OTLP is of; as it was read, its comments say what the resource does. */
export function resourceLabels({ comments }: Pick<Profile, "comments">): { readonly labels: Labels } {
  const labels = new Map<string, string>();
  for (const comment of comments) {
    const [, key = "", value = ""] = /^([^=]+)=(.*)$/s.exec(comment) ?? [];
    const label = Object.hasOwn(KEPT, key) ? KEPT[key] : KUBERNETES.test(key) ? key.replaceAll(".", "_") : undefined;
    if (label !== undefined && value !== "") labels.set(label, value);
  }
  const service = labels.get(SERVICE_LABEL) ?? labels.get("executable") ?? labels.get("k8s_pod_name") ?? "";
  if (service === "") throw new Refusal(400, "a resource has no service.name");
  labels.set(SERVICE_LABEL, service);
  return { labels };
}
