// Talking to the stand-in: what a trader sees comes as a stream, what they do goes as a request each.

let watching = null;
let last = Promise.resolve();

/** Follow what a trader sees, and no other any more. `lose` is told whether there is no such trader. */
export function watch(user, show, lose) {
  watching?.close();
  watching = new EventSource(`/screen/${user}`);
  watching.onmessage = (event) => show(JSON.parse(event.data));
  watching.onerror = (event) => lose(event.target.readyState === EventSource.CLOSED);
}

/** Do something and return what is to be shown at once. One after the other, as Slack sends them. */
export function act(here, deed, body) {
  last = last.then(() => post(here, deed, body));
  return last;
}

/** Ask for choices: this waits for nothing. */
export async function search(here, body) {
  return (await post(here, "search", body)).options ?? [];
}

/** All that one line of the journal has said; null where it is gone. */
export async function readLine(id) {
  const response = await fetch(`/journal/${id}`);
  return response.ok ? response.json() : null;
}

async function post(here, deed, body) {
  try {
    const response = await fetch(`/do/${here.user}/${here.channel}/${deed}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (response.headers.get("Content-Type")?.startsWith("application/json")) return await response.json();
    return { notice: `The playground answered ${response.status}.` };
  } catch {
    return { notice: "The playground does not answer. Is slackoms run still running?" };
  }
}
