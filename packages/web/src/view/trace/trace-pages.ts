// What is loaded when a trace is opened.
export { TasksPage } from "./tasks.tsx";
export { TracePage } from "./trace.tsx";
export { TurnsPage } from "./turns.tsx";
export { WaitsPage } from "./waits.tsx";
