/** The log in the browser agrees with the log in Python: both read `crypto/vectors/tlog.json`. */

import { describe, expect, test } from "vitest";

import vectors from "../vectors/tlog.json";
import { parseBase64, sha256Of, u32 } from "./bytes.ts";
import { CryptoError } from "./errors.ts";
import { Roots } from "./keyring.ts";
import { acceptLeaf, namesPolicy, parseRollPart, parseSeal, rollTag } from "./leaves.ts";
import { judge, latestMerge, Newest, newestRules, readBackTo, type ReadFile } from "./lookup.ts";
import { Policy } from "./policy.ts";
import { leafHash, parseBundle, tilePath, treeRoot, verifyInclusion } from "./tlog.ts";
import { decodeDuration, encodeDuration, midnight } from "./times.ts";

const { origin } = vectors;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

async function failure(task: () => unknown): Promise<string> {
    try {
        await task();
    } catch (error) {
        if (error instanceof CryptoError) return error.name;
        throw error;
    }
    return "accepted";
}

function leaves(size: number): readonly Uint8Array[] {
    return Array.from({ length: size }, (_, i) => leafHash(acceptLeaf(sha256Of(u32(i)))));
}

type LogName = keyof typeof vectors.logs;

/** Reads the files of a sample log; *change* may replace one. */
function reader(name: LogName, change: (path: string, file: Uint8Array) => Uint8Array = (_, file) => file): ReadFile {
    const files = new Map(Object.entries(vectors.logs[name].files));
    return (path) => Promise.resolve(change(path, parseBase64(files.get(path) ?? "")));
}

describe("trees", () => {
    test.each(vectors.trees)("of $size leaves", ({ size, root }) => {
        expect(hex(treeRoot(leaves(size)))).toBe(root);
    });
    test.each(vectors.inclusions)("leaf $index of $size", ({ size, index, hashes }) => {
        const all = leaves(size);
        verifyInclusion(all[index] ?? new Uint8Array(), index, size, hashes.map(unhex), treeRoot(all));
    });
    test.each(vectors.refused_inclusions)("no proof: $case", async ({ leaf, index, size, hashes, root, error }) => {
        const verify = (): void => {
            verifyInclusion(unhex(leaf), index, size, hashes.map(unhex), unhex(root));
        };
        expect(await failure(verify)).toBe(error);
    });
    test.each(vectors.paths)("$path", ({ level, index, width, path }) => {
        expect(tilePath(typeof level === "number" ? level : "entries", index, width)).toBe(path);
    });
});

describe("policies and checkpoints", () => {
    test.each(vectors.policies)("a policy: $case", ({ text, digest }) => {
        expect(hex(Policy.parse(text).digest)).toBe(digest);
    });
    test.each(vectors.refused_policies)("no policy: $case", async ({ text, error }) => {
        expect(await failure(() => Policy.parse(text))).toBe(error);
    });
    test.each(vectors.checkpoints)("signed $case", ({ note, policy, size, root, times, seen_at }) => {
        const witnessed = Policy.parse(policy).open(utf8(note), origin);

        expect([witnessed.checkpoint.size, hex(witnessed.checkpoint.root)]).toEqual([size, root]);
        expect(Object.fromEntries(witnessed.times)).toEqual(times);
        expect(witnessed.seenAt ?? null).toBe(seen_at);
    });
    test.each(vectors.refused_checkpoints)("not believed: $case", async ({ note, policy, error }) => {
        expect(await failure(() => Policy.parse(policy).open(utf8(note), origin))).toBe(error);
    });
});

describe("leaves", () => {
    test.each(vectors.tags)("the tag of $cohort", ({ seed, cohort, age, tag }) => {
        expect(rollTag(unhex(seed), origin, cohort, age)).toBe(tag);
        expect(decodeDuration(encodeDuration(age))).toBe(age);
    });
    test.each(vectors.seals)("a seal", ({ text, index }) => {
        expect(parseSeal(utf8(text)).index).toBe(index);
    });
    test.each(vectors.refused_seals)("no seal: $case", async ({ text, error }) => {
        expect(await failure(() => parseSeal(utf8(text)))).toBe(error);
    });
    test.each(vectors.roll_parts)("a roll", (text) => {
        expect(parseRollPart(utf8(text)).lines).toHaveLength(5);
    });
    test.each(vectors.refused_roll_parts)("no roll: $case", async ({ text, error }) => {
        expect(await failure(() => parseRollPart(utf8(text)))).toBe(error);
    });
});

describe("a holder's question", () => {
    const policy = Policy.parse(vectors.policy);
    const roots = Roots.parse(vectors.roots);

    test.each(vectors.lookups)("$case", async (given) => {
        const name = given.log as LogName;
        const witnessed = policy.open(utf8(vectors.logs[name].checkpoint), origin);
        const newest = await Newest.read(reader(name), witnessed.checkpoint);
        const found = await newestRules(newest, roots);
        const commitment = unhex(given.commitment);
        await readBackTo(newest, commitment, midnight("2026-11-23"));
        const question = { commitment, rollSeed: unhex(given.roll_seed), due: given.due, status: given.status, now: given.now };
        const looked = judge(newest, witnessed, found, question);

        expect(namesPolicy(found.rules, policy, origin)).toBe(true);
        expect([looked.state, looked.problems]).toEqual([given.state, given.problems]);
        expect(looked.index ?? null).toBe(given.index);
        const rolls = Array.from(looked.rolls, ([age, status]) => [encodeDuration(age), status ?? null]);
        expect(Object.fromEntries(rolls)).toEqual(given.rolls);
        expect(looked.proof?.map(hex) ?? null).toEqual(given.proof);
        if (looked.proof !== undefined) {
            const { size, root } = witnessed.checkpoint;
            verifyInclusion(leafHash(acceptLeaf(commitment)), looked.index ?? -1, size, looked.proof, root);
        }
    });
    test.each(vectors.refused_files)("changed: $case", async ({ path, at, xor, error }) => {
        const { checkpoint } = policy.open(utf8(vectors.logs.honest.checkpoint), origin);
        const changed = reader("honest", (asked, file) =>
            asked === path ? file.map((byte, i) => (i === at ? byte ^ xor : byte)) : file,
        );
        expect(await failure(() => Newest.read(changed, checkpoint))).toBe(error);
    });
    test("rules that too few roots signed are not believed", async () => {
        const { checkpoint } = policy.open(utf8(vectors.logs.honest.checkpoint), origin);
        const newest = await Newest.read(reader("honest"), checkpoint);
        const stricter = new Roots(roots.keys, 3);
        expect(await failure(() => newestRules(newest, stricter))).toBe("UnverifiedError");
    });
    test("a policy that the rules do not name is noticed", async () => {
        const { checkpoint } = policy.open(utf8(vectors.logs.honest.checkpoint), origin);
        const { rules } = await newestRules(await Newest.read(reader("honest"), checkpoint), roots);
        const weaker = Policy.parse(vectors.policy.replace("enough 2", "enough 1"));
        expect(namesPolicy(rules, weaker, origin)).toBe(false);
    });
    test("the last day of a week is promised for two days later", () => {
        expect(latestMerge("2026-W48")).toBe("2026-12-01");
    });
    test("a bundle that is cut anywhere is none", async () => {
        const [bundle] = Object.entries(vectors.logs.honest.files).flatMap(([path, file]) =>
            path === "tile/entries/000" ? [parseBase64(file)] : [],
        );
        for (const length of [0, 1, 2, 58, (bundle?.length ?? 0) - 1]) {
            expect(await failure(() => parseBundle(bundle?.subarray(0, length) ?? u32(0), 256))).toBe("MalformedTileError");
        }
    });
});
