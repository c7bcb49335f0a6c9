// Builds the browser client into app/static/client/: the same bytes from the same sources, anywhere.
// Usage: node scripts/build-client.mjs [OUTPUT-FOLDER]
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import esbuild from "esbuild";

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
/** The script that pages begin with, and those they load when they are needed. */
const SCRIPTS = {
    client: "app/pages/client.ts",
    agency: "app/pages/agency.ts",
    checks: "app/pages/checks.ts",
    media: "redaction/browser/groups/media.ts",
    documents: "redaction/browser/groups/documents.ts",
    pdf: "redaction/browser/groups/pdf.ts",
    texts: "redaction/browser/groups/texts.ts",
};
/** One script that holds all of it, for the file that field partners carry: nothing is loaded late. */
const WHOLE = { field: "app/pages/field.ts" };
// Tor Browser builds on Firefox ESR; Safari has lookbehind since 16.4.
const TARGETS = ["firefox128", "chrome115", "safari16.4"];

/** `import text from "./list.txt?raw"`, as vitest understands it too. */
export const rawText = {
    name: "raw-text",
    setup(build) {
        build.onResolve({ filter: /\?raw$/ }, ({ path: name, resolveDir }) => ({
            path: path.join(resolveDir, name.replace(/\?raw$/, "")),
            namespace: "raw-text",
        }));
        build.onLoad({ filter: /.*/, namespace: "raw-text" }, async ({ path: name }) => ({
            contents: await readFile(name, "utf8"),
            loader: "text",
        }));
    },
};

const nothingLate = {
    name: "nothing-late",
    setup(build) {
        build.onResolve({ filter: /^\.\/late\.ts$/ }, ({ resolveDir }) => ({ path: path.join(resolveDir, "late-inline.ts") }));
    },
};

const UNUSED = { "@noble/curves/nist.js": "p256", "@noble/hashes/scrypt.js": "scrypt" };
const TYPAGE_RECIPIENTS = /age-encryption\/dist\/recipients\.js$/;

/**
 * Of typage only the hybrid recipients are used; the curves and the passphrases of the others
 * would be a tenth of the script. A use of what is left out fails at once: it is not there.
 */
export const hybridOnly = {
    name: "hybrid-only",
    setup(build) {
        const ours = ({ importer, path: name }) =>
            TYPAGE_RECIPIENTS.test(importer) ? { path: name, namespace: "hybrid-only" } : undefined;
        build.onResolve({ filter: /^@noble\/(curves\/nist|hashes\/scrypt|post-quantum\/hybrid)\.js$/ }, ours);
        build.onResolve({ filter: /^\.\/webauthn\.js$/ }, ({ path: name }) => ({ path: name, namespace: "hybrid-only" }));
        // The hybrids of other curves are made when the module is loaded, which nobody notices.
        build.onLoad({ filter: /post-quantum\/hybrid\.js$/, namespace: "file" }, async ({ path: name }) => ({
            contents: (await readFile(name, "utf8")).replace(/(?<!function )\b(?=(?:QSF|createKitchenSink|ecdhKem)\()/g, "/* @__PURE__ */ "),
        }));
        build.onLoad({ filter: /.*/, namespace: "hybrid-only" }, ({ path: name }) => ({
            contents: hybridOnlyModule(name),
            resolveDir: ROOT,
        }));
    },
};

function hybridOnlyModule(name) {
    if (name.endsWith("hybrid.js")) return `export { MLKEM768X25519 } from "${name}"; export const MLKEM768P256 = undefined;`;
    const unused = UNUSED[name];
    return unused === undefined ? "export {};" : `export const ${unused} = undefined;`;
}

export async function buildClient(output) {
    const options = {
        absWorkingDir: ROOT,
        outdir: output,
        bundle: true,
        target: TARGETS,
        minify: true,
        charset: "utf8",
        legalComments: "none",
        metafile: true,
        logLevel: "warning",
    };
    const plugins = [rawText, hybridOnly];
    const parts = await esbuild.build({ ...options, entryPoints: SCRIPTS, format: "esm", plugins });
    const whole = await esbuild.build({ ...options, entryPoints: WHOLE, format: "iife", plugins: [...plugins, nothingLate] });
    for (const script of Object.keys(WHOLE)) await makeInline(path.join(output, `${script}.js`));
    const inputs = [parts, whole].flatMap(({ metafile }) => Object.keys(metafile.inputs));
    await writeFile(path.join(output, "LICENSES.txt"), await licenses(inputs));
}

/** Inside a page, "<!--" and "<script" would change how its end is found. Both stand in strings only. */
async function makeInline(file) {
    const script = await readFile(file, "utf8");
    await writeFile(file, script.replace(/<(?=!--|\/?script)/gi, "\\x3C"));
}

/** The notices of every package that went into a bundle, in the order of their names. */
async function licenses(inputs) {
    const folders = inputs.map((input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1]);
    const packages = [...new Set(folders.filter((folder) => folder !== undefined))].sort();
    const heading = "The scripts in this folder contain parts of these packages.\n";
    const notices = await Promise.all(packages.map((folder) => notice(path.resolve(ROOT, folder))));
    return [heading, ...notices].join(`\n${"-".repeat(72)}\n\n`);
}

async function notice(folder) {
    const { name, version, license } = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8"));
    const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} has no license file`);
    const text = await readFile(path.join(folder, file), "utf8");
    return `${name} ${version} (${license})\n\n${text.trim()}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const output = path.resolve(process.argv[2] ?? path.join(ROOT, "app/static/client"));
    await mkdir(output, { recursive: true });
    await buildClient(output);
    for (const script of Object.keys({ ...SCRIPTS, ...WHOLE })) {
        const bytes = await readFile(path.join(output, `${script}.js`));
        console.log(`${script}.js: ${bytes.length} bytes, ${gzipSync(bytes, { level: 9 }).length} gzipped`);
    }
}
