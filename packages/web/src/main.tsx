import { render } from "preact";
import { App } from "./app.tsx";
import { openFirst } from "./open-profile.ts";
import { newSession } from "./session.ts";

const session = newSession();
render(<App session={session} />, document.getElementById("app")!);
void openFirst(session);
