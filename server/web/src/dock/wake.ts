/** Keeps the screen from going dark, where the browser can: asked again each time that the page is looked at. */
export function stay(): () => void {
  const ask = (): void => {
    if (document.visibilityState === "visible") void navigator.wakeLock?.request("screen").catch(() => undefined);
  };
  document.addEventListener("visibilitychange", ask);
  ask();
  return () => document.removeEventListener("visibilitychange", ask);
}
