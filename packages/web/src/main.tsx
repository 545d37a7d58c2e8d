import { render } from "preact";
import { App } from "./page/app.tsx";
import { openFirst } from "./session/open-profile.ts";
import { newSession } from "./session/session.ts";

const session = newSession();
render(<App session={session} />, document.getElementById("app")!);
void openFirst(session);
