/** The look's colours, as the page has them right now (they change with the theme). */

export type Tokens = (name: string) => string;

export function readTokens(): Tokens {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(`--${name}`).trim();
}

/** A CSS colour as premultiplied red, green, blue, alpha in 0..1, for shaders. */
export function rgba(colour: string): [number, number, number, number] {
  const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true })!;
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
  const alpha = a! / 255;
  return [(r! / 255) * alpha, (g! / 255) * alpha, (b! / 255) * alpha, alpha];
}

/** Call back when the look changes: by the system, or by the person through `data-theme`. */
export function onThemeChange(changed: () => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const observer = new MutationObserver(changed);
  system.addEventListener("change", changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  return () => {
    system.removeEventListener("change", changed);
    observer.disconnect();
  };
}
