/** The dock's voice, by WebAudio: two tones for wrong, one for complete, a low one for what is missing shortly before leaving.
 *
 * Browsers let a page make no sound before somebody has touched it (unless the kiosk is started with
 * `--autoplay-policy=no-user-gesture-required`); until then `blocked` says so. */

export type Signal = "wrong" | "complete" | "missing";

/** Each tone: its pitch in Hz and when it begins, in s. */
const TONES: Record<Signal, [hz: number, at: number][]> = {
  wrong: [
    [880, 0],
    [622, 0.28],
  ],
  complete: [[784, 0]],
  missing: [[392, 0]],
};
const LASTS_S = 0.24;
const LOUD = 0.5;
const KEPT = "dock-sound";

export class Sound {
  on = $state(localStorage.getItem(KEPT) !== "off");
  blocked = $state(true);
  private readonly context = new AudioContext();

  /** Starts as soon as the browser allows; the returned function ends it. */
  start(): () => void {
    const look = () => (this.blocked = this.context.state !== "running");
    const touched = () => void this.context.resume();
    this.context.addEventListener("statechange", look);
    for (const name of ["pointerdown", "keydown"]) window.addEventListener(name, touched);
    void this.context.resume();
    look();
    return () => {
      for (const name of ["pointerdown", "keydown"]) window.removeEventListener(name, touched);
      void this.context.close();
    };
  }

  switch(): void {
    if (this.blocked && this.on) return; // this touch has just allowed it
    this.on = !this.on;
    localStorage.setItem(KEPT, this.on ? "on" : "off");
  }

  play(signal: Signal): void {
    if (!this.on || this.context.state !== "running") return;
    for (const [hz, at] of TONES[signal]) this.tone(hz, this.context.currentTime + at);
  }

  private tone(hz: number, at: number): void {
    const [source, volume] = [this.context.createOscillator(), this.context.createGain()];
    source.type = "triangle";
    source.frequency.value = hz;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(LOUD, at + 0.02);
    volume.gain.setTargetAtTime(0, at + LASTS_S - 0.06, 0.03);
    source.connect(volume).connect(this.context.destination);
    source.start(at);
    source.stop(at + LASTS_S + 0.1);
  }
}
