/** The live stream: connects, reads, notices silence, and comes back by itself.
 *
 * Not EventSource, because that hides the heartbeat: a connection that died without a word would look alive, and this
 * page promises to say when it is not connected. */

import { EventReader, type ServerEvent } from "./events";
import { Problem, request } from "./http";

export interface StreamListener {
  event(event: ServerEvent): void;
  connected(): void;
  lost(): void;
}

const HEARTBEAT_MS = 15_000;
const DEAF_MS = 2.5 * HEARTBEAT_MS;
const LONGEST_PAUSE_MS = 10_000;

/** Follow the stream until the returned function is called. */
export function follow(listener: StreamListener): () => void {
  const ended = new AbortController();
  void run(listener, ended.signal);
  return () => ended.abort();
}

async function run(listener: StreamListener, ended: AbortSignal): Promise<void> {
  let lastId: string | null = null;
  for (let attempt = 0; !ended.aborted; attempt++) {
    try {
      await readOnce(
        lastId,
        {
          ...bound(listener),
          connected: () => {
            attempt = 0;
            listener.connected();
          },
          event: (event) => {
            lastId = event.id ?? lastId;
            listener.event(event);
          },
        },
        ended,
      );
    } catch (error) {
      if (isRefused(error) && !location.pathname.startsWith("/dock")) return; // the login page is already on its way
    }
    if (ended.aborted) return;
    listener.lost();
    await pause(attempt, ended);
  }
}

async function readOnce(lastId: string | null, listener: StreamListener, ended: AbortSignal): Promise<void> {
  const deaf = new AbortController();
  const signal = AbortSignal.any([ended, deaf.signal]);
  const watch = () => setTimeout(() => deaf.abort(), DEAF_MS);
  let timer = watch();
  try {
    const headers: Record<string, string> = { Accept: "text/event-stream" };
    if (lastId) headers["Last-Event-ID"] = lastId;
    const response = await request("/api/v1/stream", { headers, signal, cache: "no-store" });
    listener.connected();
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    const events = new EventReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = watch();
      for (const event of events.feed(value)) listener.event(event);
    }
  } finally {
    clearTimeout(timer);
  }
}

const isRefused = (error: unknown): boolean => error instanceof Problem && error.status === 401;

/** Back off with jitter, but try at once when the machine says that it is on line again or somebody looks. */
function pause(attempt: number, ended: AbortSignal): Promise<void> {
  const most = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** attempt);
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener("online", done);
      document.removeEventListener("visibilitychange", done);
      resolve();
    };
    const timer = setTimeout(done, most * (0.5 + Math.random() / 2));
    window.addEventListener("online", done);
    document.addEventListener("visibilitychange", done);
    ended.addEventListener("abort", done, { once: true });
  });
}

const bound = (listener: StreamListener): StreamListener => ({
  event: (event) => listener.event(event),
  connected: () => listener.connected(),
  lost: () => listener.lost(),
});
