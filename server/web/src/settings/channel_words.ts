/** Channels in words. Pure. */

import type { Channel } from "../api/alert_types";
import { ago } from "../words/age";

export const KINDS: Record<Channel["kind"], string> = {
  email: "E-mail",
  webhook: "Webhook",
  apprise: "Chat or SMS",
};

export const ADDRESS: Record<Channel["kind"], { label: string; help: string; placeholder: string }> = {
  email: { label: "Addresses", help: "One or more, with commas between them.", placeholder: "ops@fleet.example" },
  webhook: {
    label: "Address",
    help: "Each message is a signed POST. The key is shown once, when the channel is made.",
    placeholder: "https://hooks.fleet.example/milepost",
  },
  apprise: {
    label: "Apprise address",
    help: "As Apprise documents it for the service. It often holds a password, so it is never shown again.",
    placeholder: "slack://…, tgram://…, twilio://…",
  },
};

export type ChannelTone = "ok" | "warn" | "crit" | "silent";

/** How a channel is: its tone, in two words, and why when something is wrong. */
export function stateOf(channel: Channel, nowMs: number): [ChannelTone, string, string] {
  if (channel.state === "off") return ["silent", "Switched off", ""];
  if (channel.state === "gone") return ["crit", "Gone", channel.error ?? "Its receiver said that it is no more."];
  if (channel.state === "failing") return ["crit", "Does not deliver", channel.error ?? ""];
  const sent = channel.sent_at ? `sent ${ago(new Date(channel.sent_at), new Date(nowMs))}` : "nothing sent yet";
  return ["ok", sentenceCase(sent), ""];
}

const sentenceCase = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
