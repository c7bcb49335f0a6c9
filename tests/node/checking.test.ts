/** What the page finds out about a case, in the logs of `crypto/vectors/tlog.json`. */

import { describe, expect, test } from "vitest";

import { checkCase, type KnownLog, type ReadLog, type ShownCase } from "../../app/pages/checking.ts";
import { parseBase64, toBase64, utf8 } from "../../crypto/browser/bytes.ts";
import { Roots } from "../../crypto/browser/keyring.ts";
import { SigningKey, VerifierKey } from "../../crypto/browser/note.ts";
import vectors from "../../crypto/vectors/tlog.json";

const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));
const { holder } = vectors;
const keys = { logSalt: unhex(holder.log_salt), contentSalt: unhex(holder.content_salt), rollSeed: unhex(holder.roll_seed) };
const shown: ShownCase = { digest: unhex(holder.digest), week: holder.week, status: "read" };
const known: KnownLog = {
    origin: vectors.origin,
    roots: Roots.parse(vectors.roots),
    promiseKey: VerifierKey.parse(vectors.promise_key),
    policy: vectors.policy,
    keyringNote: "a note\n",
};

/** The sample log; *without* names a file that is held back, *asked* collects what was asked for. */
function log({ without, asked = [] }: { without?: string; asked?: string[] } = {}): ReadLog {
    const { checkpoint, files } = vectors.logs.honest;
    const all = new Map([["checkpoint", utf8(checkpoint)], ...Object.entries(files).map(([path, file]) => [path, parseBase64(file)] as const)]);
    return (path) => {
        asked.push(path);
        return Promise.resolve(path === without ? undefined : all.get(path));
    };
}

describe("a case in the log", () => {
    test("is found, with its line, its witnesses and a proof", async () => {
        const verdict = await checkCase(log(), known, keys, shown, holder.now);
        const [lookup] = vectors.lookups;

        expect([verdict.state, verdict.problems, verdict.index]).toEqual(["included", [], lookup?.index]);
        expect(verdict.witnesses).toEqual(["w0", "w1"]);
        expect(Array.from(verdict.rolls ?? [])).toEqual([[7 * 86_400, "read"]]);
        const lines = verdict.proof?.split("\n") ?? [];
        const hashes = (lookup?.proof ?? []).map((hash) => toBase64(unhex(hash)));
        const head = ["c2sp.org/tlog-proof@v1", `extra ${toBase64(verdict.commitment)}`, `index ${verdict.index ?? -1}`];
        expect(lines.slice(0, 3 + hashes.length + 1)).toEqual([...head, ...hashes, ""]);
        expect(verdict.proof?.endsWith(`\n\n${vectors.logs.honest.checkpoint}`)).toBe(true);
    });
    test("has a receipt without secrets that open anything", async () => {
        const { receipt, proof } = await checkCase(log(), known, keys, shown, holder.now);
        const document = JSON.parse(receipt) as Record<string, unknown>;

        expect(Object.keys(document).sort()).toEqual(["commitment", "format", "keyring", "opening", "proof"]);
        expect(document["proof"]).toBe(proof);
        expect(receipt).not.toContain(toBase64(keys.contentSalt));
    });
    test("is asked about in whole bundles, the same for everyone", async () => {
        const [one, other]: [string[], string[]] = [[], []];
        await checkCase(log({ asked: one }), known, keys, shown, holder.now);
        await checkCase(log({ asked: other }), known, { ...keys, logSalt: new Uint8Array(32) }, shown, holder.now);

        expect(one).toEqual(other);
        expect(one.filter((path) => path.startsWith("tile/entries/")).length).toBeGreaterThan(1);
    });
    test("of another envelope is not in the log", async () => {
        const verdict = await checkCase(log(), known, keys, { ...shown, digest: new Uint8Array(32) }, holder.now);
        expect([verdict.state, verdict.problems, verdict.proof]).toEqual(["missing", ["missing"], undefined]);
    });
    test("of this week is waited for", async () => {
        const verdict = await checkCase(log(), known, keys, { ...shown, digest: new Uint8Array(32), week: "2026-W50" }, holder.now);
        expect([verdict.state, verdict.problems, verdict.due]).toEqual(["pending", [], "2026-12-15"]);
    });
});

describe("a log that nobody vouches for", () => {
    const stranger = SigningKey.generate("x").verifier;
    const strangers = new Roots([stranger], 1);
    test.each([
        ["a file is held back", log({ without: "tile/entries/000" }), known],
        ["the roots did not sign its rules", log(), { ...known, roots: strangers }],
        ["its policy is another", log(), { ...known, policy: vectors.policy.replace("enough 2", "enough 1") }],
        ["it names another promise key", log(), { ...known, promiseKey: stranger }],
        ["it has another name", log(), { ...known, origin: "other.example" }],
        ["its policy is none", log(), { ...known, policy: "" }],
    ])("is told: %s", async (_, read, about) => {
        const verdict = await checkCase(read, about, keys, shown, holder.now);
        expect([verdict.state, verdict.problems]).toEqual(["unverified", ["unverified"]]);
    });
    test("before its first batch it is empty, and not for long", async () => {
        const nothing: ReadLog = () => Promise.resolve(undefined);
        const [soon, later] = [Date.parse("2026-12-01") / 1_000, Date.parse("2026-12-03") / 1_000];
        expect(await checkCase(nothing, known, keys, shown, soon)).toMatchObject({ state: "empty", problems: [] });
        expect(await checkCase(nothing, known, keys, shown, later)).toMatchObject({ state: "empty", problems: ["missing"] });
    });
    test("a network that fails is not the log's fault", async () => {
        const broken: ReadLog = () => Promise.reject(new Error("network"));
        await expect(checkCase(broken, known, keys, shown, holder.now)).rejects.toThrow("network");
    });
});
