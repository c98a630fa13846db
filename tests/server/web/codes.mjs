// Draws codes as a person would hold them to a camera: `node codes.mjs FOLDER`, from server/web. PGM would do for us, but
// browsers read PNG: an uncompressed one is made here. film.y4m is the QR code as a camera sees it.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { deflateSync } from "node:zlib";

const folder = process.argv[2];
const require = createRequire(join(process.cwd(), "package.json"));
const { prepareZXingModule, writeBarcode } = await import(pathToFileURL(require.resolve("zxing-wasm/writer")).href);
const wasmBinary = readFileSync(require.resolve("zxing-wasm/writer/zxing_writer.wasm"));
prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });

const [WIDE, HIGH] = [640, 480];

/** White, with the code in its middle, four px a module or two for the long ones. */
async function drawn(text, options) {
  const pixels = new Uint8Array(WIDE * HIGH).fill(255);
  if (!text) return pixels;
  const { symbol, error } = await writeBarcode(text, options);
  if (!symbol) throw new Error(error);
  const { width, height, data } = symbol;
  const scale = Math.max(2, Math.min(8, Math.floor(300 / width)));
  const tall = height === 1 ? 80 : 1; // bars have a height, squares have their own
  for (let y = 0; y < height * scale * tall; y++)
    for (let x = 0; x < width * scale; x++) {
      const to = (Math.floor((HIGH - height * scale * tall) / 2) + y) * WIDE + Math.floor((WIDE - width * scale) / 2) + x;
      pixels[to] = data[Math.floor(y / scale / tall) * width + Math.floor(x / scale)];
    }
  return pixels;
}

function chunk(kind, data) {
  const body = Buffer.concat([Buffer.from(kind), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  let crc = ~0;
  for (const byte of body) for (let bit = 0, c = (crc ^ byte) & 255; bit <= 8; bit++) crc = bit === 8 ? (crc >>> 8) ^ c : (c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1, crc);
  out.writeUInt32BE(~crc >>> 0, body.length + 4);
  return out;
}

function png(pixels) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(WIDE, 0);
  head.writeUInt32BE(HIGH, 4);
  head[8] = 8; // grey
  const rows = Buffer.alloc(HIGH * (WIDE + 1));
  for (let y = 0; y < HIGH; y++) rows.set(pixels.subarray(y * WIDE, (y + 1) * WIDE), y * (WIDE + 1) + 1);
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([signature, chunk("IHDR", head), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

const codes = {
  qr: ["(00)340123450000000017", { format: "QRCode" }],
  code128: ["AA:BB:CC:DD:EE:FF", { format: "Code128" }],
  datamatrix: ["0134000000000011\x1d21X5", { format: "DataMatrix" }],
  blank: ["", {}],
};
for (const [name, [text, options]] of Object.entries(codes)) {
  const pixels = await drawn(text, options);
  writeFileSync(join(folder, `${name}.png`), png(pixels));
  if (name !== "qr") continue;
  const frame = Buffer.concat([Buffer.from("FRAME\n"), pixels, Buffer.alloc((WIDE * HIGH) / 2, 128)]);
  writeFileSync(join(folder, "film.y4m"), Buffer.concat([Buffer.from(`YUV4MPEG2 W${WIDE} H${HIGH} F10:1 Ip A1:1 C420jpeg\n`), frame, frame]));
}
