// Builds the scripts of ../static from src, copies ../static/htmx.js, and writes vendored.json, which says
// what of others is in them. The same sources give the same bytes. `node build.mjs FOLDER` writes
// all of it there instead.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const [scripts, manifest] = process.argv[2]
  ? [process.argv[2], join(process.argv[2], "vendored.json")]
  : [join(here, "../static"), join(here, "vendored.json")];

const vendored = {};
for (const name of ["desk.js", "editor.js", "passkeys.js", "signed_out.js", "zone.js"]) vendored[name] = await bundled(name);
vendored["htmx.js"] = write("htmx.js", ["htmx.org"], htmx());
writeFileSync(manifest, `${JSON.stringify(vendored, null, 2)}\n`);

async function bundled(name) {
  const built = await build({
    absWorkingDir: here,
    entryPoints: [`src/${name}`],
    bundle: true,
    charset: "utf8",
    format: "esm",
    legalComments: "none",
    metafile: true,
    minify: true,
    target: "es2022",
    write: false,
  });
  const inputs = Object.keys(built.metafile.inputs);
  const names = inputs.map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]);
  return write(name, [...new Set(names.filter(Boolean))].sort(), built.outputFiles[0].text);
}

// Its authors' own minified file, without the name of a map that is not here.
function htmx() {
  const text = readFileSync(join(here, "node_modules/htmx.org/dist/htmx.min.js"), "utf8");
  return `${text.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "")}\n`;
}

function write(file, of, body) {
  const packages = of.map((name) => {
    const folder = join(here, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json")));
    return { name, version, licence: license, notice: noticeOf(folder) };
  });
  const head = packages.map((one) =>
    [`${one.name} ${one.version}`, one.licence, one.notice].filter(Boolean).join(", "),
  );
  const text = (head.length ? `/* ${head.join("; ")} */\n` : "") + body;
  writeFileSync(join(scripts, file), text);
  return { sha256: createHash("sha256").update(text).digest("hex"), packages };
}

function noticeOf(folder) {
  const licence = readFileSync(join(folder, "LICENSE"), "utf8");
  // Zero-Clause BSD asks for no notice, and has none.
  const [notice] = /^Copyright[^]*?(?=\n\s*\n)/im.exec(licence) ?? [""];
  const plain = notice.replace(/[<(][^<>()]*[@.][^<>()]*[>)]/g, "").replace(/[\s-]+/g, " ");
  return plain.replace(/ \.(?= |$)/g, "").trim();
}
