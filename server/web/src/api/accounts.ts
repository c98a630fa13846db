/** One function per endpoint of people, teams, keys, sessions and the audit log. */

import { json, request } from "./http";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type User = Schemas["User"];
export type Role = User["role"];
export type Team = Schemas["Team"];
export type PutTeam = Schemas["PutTeam"];
export type Key = Schemas["Key"];
export type NewKey = Schemas["AddKey"];
export type OneSession = Schemas["OneSession"];
export type Change = Schemas["Change"];
export type Word = Schemas["Session"]["may"][number];

const V1 = "/api/v1";

const list = async <T>(path: string): Promise<T[]> => (await json<{ items: T[] }>(`${V1}/${path}`)).items;

export const users = (): Promise<User[]> => list("users");
export const addUser = (body: Schemas["AddUser"]): Promise<Schemas["AddedUser"]> => send("POST", "users", body);
export const changeUser = (name: string, body: Schemas["ChangeUser"]): Promise<User> => send("PUT", user(name), body);
export const removeUser = (name: string): Promise<void> => drop(user(name));
export const newPassword = (name: string): Promise<Schemas["OneTimePassword"]> =>
  send("POST", `${user(name)}/password`);
export const endSessionsOf = (name: string): Promise<void> => drop(`${user(name)}/sessions`);

export const teams = (): Promise<Team[]> => list("teams");
export const addTeam = (body: PutTeam): Promise<Team> => send("POST", "teams", body);
export const changeTeam = (id: string, body: PutTeam): Promise<Team> => send("PUT", `teams/${encode(id)}`, body);
export const removeTeam = (id: string): Promise<void> => drop(`teams/${encode(id)}`);

export const keys = (): Promise<Key[]> => list("keys");
export const addKey = (body: NewKey): Promise<Schemas["AddedKey"]> => send("POST", "keys", body);
export const removeKey = (name: string): Promise<void> => drop(`keys/${encode(name)}`);

export const sessions = (): Promise<OneSession[]> => list("sessions");
export const endSession = (id: string): Promise<void> => drop(`sessions/${encode(id)}`);
export const endOtherSessions = (): Promise<void> => drop("sessions");

export function audit(asked: { cursor?: string; who?: string; what?: string }): Promise<Schemas["Audit"]> {
  const query = Object.entries(asked).filter(([, value]) => value) as [string, string][];
  return json(`${V1}/audit?${new URLSearchParams([["limit", "50"], ...query])}`);
}

/** What one can sign in by, beside the password. */
export const waysIn = (): Promise<Schemas["SignIn"]> => json(`${V1}/sign-in`);

const encode = encodeURIComponent;
const user = (name: string): string => `users/${encode(name)}`;

function send<T>(method: "POST" | "PUT", path: string, body?: object): Promise<T> {
  const headers = { "Content-Type": "application/json" };
  return json(`${V1}/${path}`, body ? { method, headers, body: JSON.stringify(body) } : { method });
}

async function drop(path: string): Promise<void> {
  await request(`${V1}/${path}`, { method: "DELETE" });
}
