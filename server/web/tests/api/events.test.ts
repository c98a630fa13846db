import { describe, expect, test } from "vitest";

import { EventReader } from "../../src/api/events";

const text = 'id: 7\nevent: positions\ndata: [{"vehicle":"v"}]\n\n: heartbeat\n\ndata: a\ndata: b\n\n';

describe("server-sent events", () => {
  test("come out whole, whatever the pieces", () => {
    const whole = new EventReader().feed(text);
    for (let size = 1; size < text.length; size++) {
      const reader = new EventReader();
      const found = [];
      for (let at = 0; at < text.length; at += size) found.push(...reader.feed(text.slice(at, at + size)));
      expect(found).toEqual(whole);
    }
    expect(whole.map(({ event, data }) => [event, data])).toEqual([
      ["positions", '[{"vehicle":"v"}]'],
      ["message", "a\nb"],
    ]);
  });
  test("the last id stays for the events that have none", () => {
    expect(new EventReader().feed(text).map(({ id }) => id)).toEqual(["7", "7"]);
  });
  test("a heartbeat is no event, and lines may end with CR LF", () => {
    expect(new EventReader().feed(": beat\r\n\r\ndata: x\r\n\r\n")).toEqual([
      { event: "message", data: "x", id: null },
    ]);
  });
});
