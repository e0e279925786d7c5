// A page on which something moves fetches itself again and shows what is new. Without this script it stands still.
const wait = () => Number(document.querySelector("main")?.dataset.refresh ?? 0) * 1000;

async function renew() {
  if (!document.hidden) {
    const answer = await fetch(location.href, { credentials: "same-origin", redirect: "error" }).catch(() => null);
    if (answer?.status === 403) return location.reload();
    if (answer?.ok) {
      const next = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
      const main = document.querySelector("main");
      // Whoever is in the middle of it keeps their place: nothing is swapped under the keyboard.
      if (next && main && !main.contains(document.activeElement)) main.replaceWith(next);
      if (next && next.dataset.refresh === undefined) return;
    }
  }
  setTimeout(renew, wait() || 5000);
}

if (wait()) setTimeout(renew, wait());
