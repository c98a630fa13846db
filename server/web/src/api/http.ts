/** The one place that calls fetch. Errors are RFC 9457 problems; a lost session leads to the login page. */

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string | null,
    readonly retryAfterS: number | null = null,
  ) {
    super(detail ?? title);
  }
}

/** The server did not answer at all: what is shown stays, and nothing is lost. */
export class Unreachable extends Error {}

export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...init });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new Unreachable("The server cannot be reached.", { cause: error });
  }
  if (response.status === 401 && !location.pathname.startsWith("/login")) toLogin();
  if (!response.ok) throw await problem(response);
  return response;
}

export async function json<T>(path: string, init?: RequestInit): Promise<T> {
  return (await request(path, init)).json() as Promise<T>;
}

export function toLogin(): void {
  location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
}

async function problem(response: Response): Promise<Problem> {
  const retry = Number(response.headers.get("Retry-After"));
  const body = (await response.json().catch(() => ({}))) as { title?: string; detail?: string };
  const title = body.title ?? `The server answered ${response.status}`;
  return new Problem(response.status, title, body.detail ?? null, retry > 0 ? retry : null);
}
