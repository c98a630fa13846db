/** Where to go after signing in: only a path of this server, whatever the address says. */
export function nextPath(search: string, origin: string): string {
  const next = new URLSearchParams(search).get("next") ?? "/";
  const url = URL.canParse(next, origin) ? new URL(next, origin) : null;
  if (!next.startsWith("/") || url?.origin !== origin || url.pathname.startsWith("/login")) return "/";
  return url.pathname + url.search;
}
