/** Why somebody came back from the other place without being signed in, and what to do. Null when they did not. */
export function refusal(why: string | null, place: string): string | null {
  const says: Record<string, string> = {
    away: `${place} does not answer. Sign in with name and password, or try again in a few minutes.`,
    refused: `${place} did not say who you are, or it took too long. Try again.`,
    role: `${place} knows you, but you have no role here. Ask an admin of Milepost for one.`,
    taken: "Somebody here has your name already. Ask an admin of Milepost to add you for single sign-on.",
  };
  return why === null ? null : (says[why] ?? says["refused"]!);
}
