/** What a person chose for this browser: kept in it, and nowhere else. */

export type Theme = "" | "light" | "dark";

class Settings {
  theme = $state<Theme>((localStorage.getItem("theme") as Theme | null) ?? "");
  private keys = $state(localStorage.getItem("single-keys") !== "off");

  get singleKeys(): boolean {
    return this.keys;
  }

  set singleKeys(on: boolean) {
    this.keys = on;
    localStorage.setItem("single-keys", on ? "on" : "off");
  }
}

export const settings = new Settings();

export function setTheme(theme: Theme): void {
  settings.theme = theme;
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  if (theme) localStorage.setItem("theme", theme);
  else localStorage.removeItem("theme");
}
