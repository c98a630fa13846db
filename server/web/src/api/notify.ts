/** One function per endpoint of alert rules, channels, and what each person is told. */

import type { AlertRule, AlertRules, Channel, NewChannel, NewRule, Subscription } from "./alert_types";
import { json, request } from "./http";
import type { components } from "./schema";

type Schemas = components["schemas"];

const V1 = "/api/v1";

export const rules = (): Promise<AlertRules> => json(`${V1}/alert-rules`);
export const addRule = (body: NewRule): Promise<AlertRule> => send("POST", "alert-rules", body);
export const changeRule = (id: string, body: NewRule): Promise<AlertRule> => send("PUT", rule(id), body);
export const removeRule = (id: string): Promise<void> => drop(rule(id));

export async function channels(): Promise<Channel[]> {
  return (await json<{ items: Channel[] }>(`${V1}/channels`)).items;
}
export const addChannel = (body: NewChannel): Promise<Schemas["ChannelMade"]> => send("POST", "channels", body);
export const changeChannel = (id: string, body: NewChannel): Promise<Channel> => send("PUT", channel(id), body);
export const removeChannel = (id: string): Promise<void> => drop(channel(id));
/** Send a message now; what became of it. */
export const tryChannel = (id: string): Promise<Schemas["Tested"]> => send("POST", `${channel(id)}/test`);

export const subscription = (user: string): Promise<Subscription> => json(`${V1}/${subscriptionOf(user)}`);
export const putSubscription = (user: string, body: Subscription): Promise<Subscription> =>
  send("PUT", subscriptionOf(user), body);

const encode = encodeURIComponent;
const rule = (id: string): string => `alert-rules/${encode(id)}`;
const channel = (id: string): string => `channels/${encode(id)}`;
const subscriptionOf = (user: string): string => `subscriptions/${encode(user)}`;

function send<T>(method: "POST" | "PUT", path: string, body?: object): Promise<T> {
  const headers = { "Content-Type": "application/json" };
  return json(`${V1}/${path}`, body ? { method, headers, body: JSON.stringify(body) } : { method });
}

async function drop(path: string): Promise<void> {
  await request(`${V1}/${path}`, { method: "DELETE" });
}
