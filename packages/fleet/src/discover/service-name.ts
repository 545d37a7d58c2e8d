import { type Labels, SERVICE_LABEL } from "../store/labels.ts";

/**
 * What a process is a part of: what its labels say, else what its cluster calls it, as Grafana Alloy infers it, else its job. `labels`
 * are those after relabelling, `discovered` those before.
 */
export function serviceName(labels: Labels, discovered: Labels): string {
  const label = (name: string): string => labels.get(name) || discovered.get(name) || "";
  const namespace = label("__meta_kubernetes_namespace");
  const container = label("__meta_kubernetes_pod_container_name");
  return (
    labels.get(SERVICE_LABEL) ||
    label("__meta_kubernetes_pod_annotation_pyroscope_io_service_name") ||
    (namespace && container && `${namespace}/${container}`) ||
    label("__meta_docker_container_name") ||
    label("__meta_dockerswarm_container_label_service_name") ||
    label("__meta_dockerswarm_service_name") ||
    label("job")
  );
}
