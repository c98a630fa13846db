/** Reads QR, Data Matrix and Code 128 from a picture: the browser's own reader where it has one, else ZXing-C++ as
 * WebAssembly, which is loaded then and from here, never from elsewhere. */

/** What can be read from: a camera's picture, or a photo. */
export type Picture = HTMLVideoElement | Blob;
export type Decode = (picture: Picture) => Promise<string | null>;

interface BarcodeReader {
  detect(picture: ImageBitmapSource): Promise<{ rawValue: string }[]>;
}
interface BarcodeReaderClass {
  new (options: { formats: string[] }): BarcodeReader;
  getSupportedFormats(): Promise<string[]>;
}

const OURS = ["qr_code", "data_matrix", "code_128"];
/** A larger picture takes longer and reads no better. */
const MOST_PX = 1280;

export async function decoder(): Promise<Decode> {
  const own = (globalThis as { BarcodeDetector?: BarcodeReaderClass }).BarcodeDetector;
  const formats = (await own?.getSupportedFormats().catch(() => [])) ?? [];
  if (own && OURS.every((format) => formats.includes(format))) {
    const reader = new own({ formats: OURS });
    return async (picture) => {
      const source = picture instanceof Blob ? await createImageBitmap(picture) : picture;
      return (await reader.detect(source))[0]?.rawValue ?? null;
    };
  }
  return zxing();
}

async function zxing(): Promise<Decode> {
  const [{ prepareZXingModule, readBarcodes }, { default: url }] = await Promise.all([
    import("zxing-wasm/reader"),
    import("zxing-wasm/reader/zxing_reader.wasm?url"),
  ]);
  await prepareZXingModule({ overrides: { locateFile: () => url }, fireImmediately: true });
  const options = {
    formats: ["QRCode", "DataMatrix", "Code128"] as ("QRCode" | "DataMatrix" | "Code128")[],
    maxNumberOfSymbols: 1,
    textMode: "Plain" as const, // FNC1 as U+001D, as the server wants it
  };
  const canvas = new OffscreenCanvas(1, 1);
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  return async (picture) => {
    const source = picture instanceof Blob ? await createImageBitmap(picture) : picture;
    const [wide, high] =
      source instanceof HTMLVideoElement ? [source.videoWidth, source.videoHeight] : [source.width, source.height];
    const scale = Math.min(1, MOST_PX / Math.max(wide, high));
    canvas.width = Math.max(1, Math.round(wide * scale));
    canvas.height = Math.max(1, Math.round(high * scale));
    context.drawImage(source, 0, 0, canvas.width, canvas.height);
    const found = await readBarcodes(context.getImageData(0, 0, canvas.width, canvas.height), options);
    return found.find(({ isValid }) => isValid)?.text ?? null;
  };
}
