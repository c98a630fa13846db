/** The one place that calls fetch. Errors are RFC 9457 problems; a lost session leads to the login page. */

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string | null,
    readonly retryAfterS: number | null = null,
    /** Which part of the request is meant, where the server says so. */
    readonly errors: { parameter: string; says: string }[] = [],
  ) {
    super(detail ?? title);
  }
}

/** Pages that say themselves that nobody is signed in: nobody types at a dock's screen. */
const STAYS = ["/login", "/dock"];

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
  if (response.status === 401 && !STAYS.some((page) => location.pathname.startsWith(page))) toLogin();
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
  const body = (await response.json().catch(() => ({}))) as Partial<Pick<Problem, "title" | "errors">> & {
    detail?: string;
  };
  const title = body.title ?? `The server answered ${response.status}`;
  return new Problem(response.status, title, body.detail ?? null, retry > 0 ? retry : null, body.errors);
}
