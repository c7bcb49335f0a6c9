/** The committed bundle is what these sources give, whoever builds it and wherever. */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";

import { afterAll, expect, test } from "vitest";

import copy from "../../app/pages/copy.json";

const root = path.resolve(import.meta.dirname, "../..");
const committed = path.join(root, "app/static/client");
const elsewhere = mkdtempSync(path.join(tmpdir(), "wasl client "));
/** Bytes after compression. The first two are what a page needs before anything is picked. */
const budgets = { "client.js": 70_000, "agency.js": 1_000, "field.js": 250_000, "checks.js": 64_000, "media.js": 50_000, "documents.js": 110_000, "pdf.js": 75_000, "texts.js": 8_000 };
const scripts = Object.keys(budgets);
/** Hosts in the names of XML's namespaces, which office files carry; nothing is fetched there. */
const namespaces = new Set([
    "openoffice.org",
    "package",
    "purl.oclc.org",
    "purl.org",
    "schemas.microsoft.com",
    "schemas.openxmlformats.org",
    "www.w3.org",
]);

afterAll(() => {
    rmSync(elsewhere, { recursive: true });
});

/** Digests by name: a difference of two bundles is nothing to read. */
function digests(folder: string): Record<string, string> {
    const digest = (name: string): string =>
        createHash("sha256").update(readFileSync(path.join(folder, name))).digest("hex");
    return Object.fromEntries(readdirSync(folder).sort().map((name) => [name, digest(name)]));
}

function build(folder: string): Record<string, string> {
    const output = path.join(folder, "built");
    execFileSync(process.execPath, [path.join(folder, "scripts/build-client.mjs"), output]);
    const built = digests(output);
    rmSync(output, { recursive: true });
    return built;
}

test("the committed bundle equals a fresh build, here and in another folder", () => {
    for (const part of ["app/pages", "crypto", "redaction", "scripts", "package.json", "tsconfig.json"]) {
        cpSync(path.join(root, part), path.join(elsewhere, part), { recursive: true });
    }
    symlinkSync(path.join(root, "node_modules"), path.join(elsewhere, "node_modules"));
    const there = build(elsewhere);

    expect(there).toEqual(build(root));
    expect(digests(committed), "run `make client` and commit").toEqual(there);
});

test.each(Object.entries(budgets))("%s stays within its budget of %i bytes compressed", (script, bytes) => {
    expect(gzipSync(readFileSync(path.join(committed, script)), { level: 9 }).length).toBeLessThan(bytes);
});

test("only the client loads anything later, and only what the page names", () => {
    const imports = (script: string): number =>
        readFileSync(path.join(committed, script), "utf8").match(/\bimport\(/g)?.length ?? 0;
    expect(Object.fromEntries(scripts.map((script) => [script, imports(script)]))).toEqual({
        "client.js": 1,
        "agency.js": 0,
        "field.js": 0,
        "checks.js": 0,
        "media.js": 0,
        "documents.js": 0,
        "pdf.js": 0,
        "texts.js": 0,
    });
});

test("the script of the offline page has no way out, and ends only where its page ends it", () => {
    const script = readFileSync(path.join(committed, "field.js"), "utf8");
    for (const pattern of [/\bfetch\(/, /XMLHttpRequest/, /WebSocket/, /EventSource/, /RTCPeer/, /<!--/, /<\/?script/i]) {
        expect(pattern.exec(script)?.[0]).toBeUndefined();
    }
});

test.each(scripts)("%s stores nothing, compiles nothing and calls nobody else", (name) => {
    const script = readFileSync(path.join(committed, name), "utf8");
    const forbidden = [
        /\beval\(/,
        /\bnew Function\b/,
        /\bWebAssembly\b/,
        /\bnew (Shared)?Worker\b/,
        /\b(local|session)Storage\b/,
        // The offline page keeps sealed items between two people.
        ...(name === "field.js" ? [] : [/\bindexedDB\b/]),
        /\bcaches\./,
        /\bdocument\.cookie\b/,
        /\b(inner|outer)HTML\b/,
        /\binsertAdjacentHTML\b/,
        /\bhistory\.(push|replace)State\b/,
        /\bgetContext\(/,
        /\bsendBeacon\b/,
        /\bconsole\./,
    ];
    for (const pattern of forbidden) expect(pattern.exec(script)?.[0]).toBeUndefined();
    const hosts = [...script.matchAll(/https?:\/\/([^/"'`]*)/g)].map(([, host]) => host);
    expect(hosts.filter((host) => !["documents.js", "field.js"].includes(name) || !namespaces.has(host ?? ""))).toEqual([]);
});

test("every package in the bundle has its notice beside it", () => {
    const notices = readFileSync(path.join(committed, "LICENSES.txt"), "utf8");
    for (const name of ["age-encryption", "@noble/ciphers", "@noble/curves", "@noble/hashes", "@noble/post-quantum", "@scure/base"]) {
        expect(notices).toContain(`${name} `);
    }
});

test("every sentence stands in both languages with the same places for values", () => {
    const places = (sentence: string): string[] => (sentence.match(/\{[a-z]+\}/g) ?? []).sort();
    for (const [key, { ar, en }] of Object.entries(copy)) {
        // Arabic says one thing and two things without a number.
        if (!/^found_(one|two)$/.test(key)) expect(places(ar), key).toEqual(places(en));
        expect(ar, key).toMatch(/^[\u0621-\u064a]/);
        expect(ar, key).not.toMatch(/[\u0660-\u0669]/);
    }
});
