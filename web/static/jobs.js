// Looks again every two seconds while a job waits or runs. Without it, the link "Look again" does the same.
const EVERY_MS = 2000;

async function look() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok || answer.redirected) return location.reload();
  const there = document.getElementById("jobs");
  const now = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("jobs");
  if (!now) return location.reload();
  // What somebody is about to press stays under their finger, unless it is over.
  if (!(now.dataset.live && there.contains(document.activeElement))) there.replaceWith(now);
  else there.querySelector("progress")?.setAttribute("value", now.querySelector("progress")?.value ?? 0);
  if (now.dataset.live) setTimeout(look, EVERY_MS);
}

setTimeout(look, EVERY_MS);
