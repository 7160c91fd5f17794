// Builds ../static/document.js from src, and vendored.json, which says what of others is in it.
// The same sources give the same bytes. `node build.mjs FOLDER` writes both there instead.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const [bundle, manifest] = process.argv[2]
  ? ["document.js", "vendored.json"].map((name) => join(process.argv[2], name))
  : [join(here, "../static/document.js"), join(here, "vendored.json")];

const options = {
  absWorkingDir: here,
  entryPoints: ["src/document.js"],
  bundle: true,
  charset: "utf8",
  format: "esm",
  legalComments: "none",
  metafile: true,
  minify: true,
  target: "es2022",
  write: false,
};
const built = await build(options);
const inputs = Object.keys(built.metafile.inputs);
const names = new Set(inputs.map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]));
const packages = [...names]
  .filter(Boolean)
  .sort()
  .map((name) => {
    const folder = join(here, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json")));
    return { name, version, licence: license, notice: noticeOf(folder) };
  });
const head = packages.map((one) => `${one.name} ${one.version}, ${one.licence}, ${one.notice}`);
const text = `/* ${head.join("; ")} */\n${built.outputFiles[0].text}`;
const sha256 = createHash("sha256").update(text).digest("hex");
writeFileSync(bundle, text);
writeFileSync(manifest, `${JSON.stringify({ "document.js": { sha256, packages } }, null, 2)}\n`);

function noticeOf(folder) {
  const licence = readFileSync(join(folder, "LICENSE"), "utf8");
  const [notice] = /^Copyright[^]*?(?=\n\s*\n)/im.exec(licence);
  const plain = notice.replace(/[<(][^<>()]*[@.][^<>()]*[>)]/g, "").replace(/[\s-]+/g, " ");
  return plain.replace(/ \.(?= |$)/g, "").trim();
}
